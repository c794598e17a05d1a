using System.CommandLine;
using MicroGpt.Runner.Checkpoints;
using MicroGpt.Runner.Logs;
using MicroGpt.Runner.Training;

namespace MicroGpt.Runner.Commands;

/// <summary><c>train</c>: trains one model and lets it invent documents.</summary>
internal static class TrainCommand
{
    public static Command Create(CommandContext context)
    {
        var defaults = new TrainingSettings();
        Option<string?> model = ModelOption.Create(context.Models);
        Option<int> batch = NumberOption.Whole("--batch", "Documents (of a stream, windows) a batch.", 1, defaults.BatchSize);
        Option<int> accumulate = NumberOption.Whole(
            "--accumulate", "Batches a step: their gradients are added up before the update, as if they were one.", 1, defaults.Accumulate);
        Option<int?> shards = ShardsOption.Create();
        Option<int> threads = ThreadsOption.Create();
        Option<long> seed = NumberOption.Seed("--seed", "Seed of the shuffle, the initial parameters and the samples.", defaults.Seed);
        Option<int> samples = NumberOption.Whole("--samples", "Documents to invent after training.", 0, 20);
        Option<double> temperature =
            NumberOption.Positive("--temperature", "Below 1 the samples become more typical, above 1 more daring.", 0.5);
        Option<string?> report = ReportOption.Create();
        Option<string[]> inspect = ReportOption.Inspect();
        var overwrite = new Option<bool>("--overwrite")
        {
            Description = "Empty a log that exists already, replace the checkpoints of an earlier run, instead of refusing.",
        };

        var command = new Command("train", "Trains a compiled model and lets it invent documents. The default command.")
        {
            model, batch, accumulate, shards, threads, seed, samples, temperature, report, inspect, overwrite,
        };
        DataOptions data = DataOptions.AddTo(command);
        LengthOptions length = LengthOptions.AddTo(command);
        ValidationOptions validation = ValidationOptions.AddTo(command);
        ScheduleOptions schedule = ScheduleOptions.AddTo(command);
        RuleOptions rule = RuleOptions.AddTo(command);
        LogOptions log = LogOptions.AddTo(command);
        OutputOptions output = OutputOptions.AddTo(command);
        CheckpointOptions checkpoints = CheckpointOptions.AddTo(command);
        command.SetAction(result =>
        {
            var printed = new SampleRecord(result.GetValue(samples), result.GetValue(temperature));
            bool samplesAreGiven = CheckpointOptions.IsGiven(result, samples.Name);
            if (checkpoints.Resumed(result) is string folder)
            {
                CheckpointFolder.CheckExists(folder);
                using CheckpointFile file = CheckpointFile.Open(folder, "--resume");
                RunRecord run = file.Run;
                ShardsOption.Check(run.Settings.Shards, ShardsSource.Checkpoint, context.Console.Job);
                return new TrainRun(context, new TrainArguments
                {
                    Model = CheckpointOption.EntryOf(context.Models, file),
                    Data = data.Settings(result).Path is string path ? run.Data.Settings with { Path = path } : run.Data.Settings,
                    Settings = run.Settings with
                    {
                        Threads = CheckpointOptions.IsGiven(result, threads.Name)
                            ? result.GetValue(threads) : Math.Min(run.Settings.Threads, Environment.ProcessorCount),
                    },
                    Log = log.Log(result, overwrite: false),
                    IsQuiet = output.IsQuiet(result),
                    Times = output.Times(result),
                    Report = result.GetValue(report),
                    Samples = new SampleRecord(
                        samplesAreGiven ? printed.Count : run.Samples.Count,
                        CheckpointOptions.IsGiven(result, temperature.Name) ? printed.Temperature : run.Samples.Temperature),
                    SamplesAreGiven = samplesAreGiven,
                    Folder = folder,
                    Save = checkpoints.Settings(result, run.Save),
                    StopAt = checkpoints.StopAt(result, run.Step < run.Settings.Steps ? run.Step : 0), // One that is complete says so.
                    Resumed = file,
                }).Run();
            }

            using InitialWeights? init = checkpoints.Init(result);
            ModelEntry entry = ModelOption.Find(context.Models, result.GetValue(model) ?? init?.ModelName);
            init?.Check(entry.Description);
            LossLogSettings? lossLog = log.Log(result, result.GetValue(overwrite));
            return new TrainRun(context, new TrainArguments
            {
                Model = entry,
                Data = data.Settings(result),
                Epochs = length.Epochs(result),
                Log = lossLog,
                IsQuiet = output.IsQuiet(result),
                Times = output.Times(result),
                Report = result.GetValue(report),
                Inspect = result.GetValue(inspect) ?? [],
                Samples = printed,
                SamplesAreGiven = samplesAreGiven,
                Folder = checkpoints.Folder(result),
                Save = checkpoints.Settings(result),
                StopAt = checkpoints.StopAt(result),
                Overwrite = result.GetValue(overwrite),
                Init = init,
                Names = checkpoints.Names(result),
                Settings = validation.Apply(result, new TrainingSettings
                {
                    Steps = length.Steps(result),
                    BatchSize = result.GetValue(batch),
                    MeasuresGradientNorm = lossLog is { GradientNorm: true },
                    Accumulate = result.GetValue(accumulate),
                    Shards = ShardsOption.Of(result, shards, context.Console.Job),
                    LearningRate = schedule.LearningRate(result),
                    Schedule = schedule.Schedule(result),
                    Rule = rule.Rule(result, entry.Description),
                    Threads = result.GetValue(threads),
                    Seed = result.GetValue(seed),
                }),
            }).Run();
        });
        return command;
    }
}
