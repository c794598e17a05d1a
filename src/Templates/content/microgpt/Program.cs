using MicroGpt.Runner;

return RunnerApp.Run(
    args.Length > 0 ? args : ["train", "--data", "names.txt"], global::TrainerNamespace.CompiledModels.All, RunnerConsole.OfProcess());
