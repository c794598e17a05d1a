using MicroGpt;
using MicroGpt.Runner;

IReadOnlyList<ModelEntry> models = CompiledModels.All;
return RunnerApp.Run(args, models, RunnerConsole.OfProcess());
