using MicroGpt;
using MicroGpt.Runner;

return RunnerApp.Run(args, CompiledModels.All, RunnerConsole.OfProcess());
