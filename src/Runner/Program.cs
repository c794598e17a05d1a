using MicroGpt;
using MicroGpt.Runner;

IReadOnlyList<ModelEntry> models = [];
return RunnerApp.Run(args, models, RunnerConsole.OfProcess());
