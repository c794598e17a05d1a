using System.CommandLine;
using MicroGpt.Runner.Comparison;
using MicroGpt.Runner.Data;
using MicroGpt.Runner.Evaluation;
using MicroGpt.Runner.Logs;
using MicroGpt.Runner.Terminal;
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
        Option<int> accumulate = NumberOption.Whole("--accumulate", "Batches a step: their gradients are added up before the update, as if they were one.", 1, defaults.Accumulate);
        Option<int> threads = ThreadsOption.Create();
        Option<long> seed = NumberOption.Seed("--seed", "Seed of the shuffle, the initial parameters and the samples.", defaults.Seed);
        Option<int> samples = NumberOption.Whole("--samples", "Documents to invent after training.", 0, 20);
        Option<double> temperature = NumberOption.Positive("--temperature", "Below 1 the samples become more typical, above 1 more daring.", 0.5);
        Option<string?> report = ReportOption.Create();
        Option<string[]> inspect = ReportOption.Inspect();
        var overwrite = new Option<bool>("--overwrite") { Description = "Empty a log that exists already instead of refusing." };

        var command = new Command("train", "Trains a compiled model and lets it invent documents. The default command.")
        {
            model, batch, accumulate, threads, seed, samples, temperature, report, inspect, overwrite,
        };
        DataOptions data = DataOptions.AddTo(command);
        LengthOptions length = LengthOptions.AddTo(command);
        ValidationOptions validation = ValidationOptions.AddTo(command);
        ScheduleOptions schedule = ScheduleOptions.AddTo(command);
        RuleOptions rule = RuleOptions.AddTo(command);
        LogOptions log = LogOptions.AddTo(command);
        OutputOptions output = OutputOptions.AddTo(command);
        command.SetAction(result =>
        {
            ModelEntry entry = ModelOption.Find(context.Models, result.GetValue(model));
            LossLogSettings? lossLog = log.Log(result, result.GetValue(overwrite));
            return Run(context, new TrainArguments
            {
                Model = entry,
                Data = data.Settings(result),
                Epochs = length.Epochs(result),
                Log = lossLog,
                IsQuiet = output.IsQuiet(result),
                Report = result.GetValue(report),
                Inspect = result.GetValue(inspect) ?? [],
                Samples = result.GetValue(samples),
                Temperature = result.GetValue(temperature),
                Settings = validation.Apply(result, new TrainingSettings
                {
                    Steps = length.Steps(result),
                    BatchSize = result.GetValue(batch),
                    MeasuresGradientNorm = lossLog is { GradientNorm: true },
                    Accumulate = result.GetValue(accumulate),
                    LearningRate = schedule.LearningRate(result),
                    Schedule = schedule.Schedule(result),
                    Rule = rule.Rule(result, entry.Description),
                    Threads = result.GetValue(threads),
                    Seed = result.GetValue(seed),
                }),
            });
        });
        return command;
    }

    private static int Run(CommandContext context, TrainArguments arguments)
    {
        // Everything that can be wrong with the input is found before the log of an earlier run is overwritten.
        CheckOutputs(arguments);
        Corpus corpus = Corpus.Read(arguments.Data);
        TrainingSettings settings = LengthOptions.WithEpochs(arguments.Settings, arguments.Epochs, corpus, arguments.Model.Description);
        using var session = new TrainingSession(arguments.Model, corpus, settings);
        DataNotes.Write(context.Console.Error, corpus, session.Model.Description);
        IReadOnlyList<string> inspect = arguments.Report is null ? [] : ModelInspector.Choose(arguments.Inspect, session);
        using LossLog? log = arguments.Log is LossLogSettings lossLog ? LossLog.Create(lossLog with { HeldOutLoss = session.Validation is not null }) : null;

        ITrainView view = TrainView.For(context.Console, arguments.IsQuiet);
        view.ShowFacts(RunFacts.Of(session, arguments.Log?.Path));
        using var interruption = Interruption.Listen();
        RunRecorder? recorder = arguments.Report is null ? null : new RunRecorder(log);
        ITrainingObserver? observer = recorder ?? (ITrainingObserver?)log;
        observer = session.Validation is Validation validation ? new ValidationWarnings(context.Console.Error, validation, observer) : observer;
        bool finished = view.Train(session, observer, interruption.Token);
        if (finished)
        {
            var samples = new List<string>();
            finished = Sample(session, arguments, view, samples, interruption.Token);
            if (finished && recorder is not null)
            {
                RunPlan plan = RunPlan.Of(arguments.Model) with
                {
                    Optimizer = UpdateName.InSentence((session.Settings.Rule ?? UpdateRule.For(arguments.Model.Description.Optimizer)).Kind),
                    LearningRate = session.InitialLearningRate,
                };
                ReportOption.WriteSingle(arguments.Report!, plan, session, recorder, samples, arguments.Temperature, inspect);
                if (!arguments.IsQuiet)
                {
                    context.Console.Out.WriteLine($"Report: {arguments.Report}");
                }
            }
        }
        else
        {
            string kept = log is null ? "" : $"; {arguments.Log!.Path} holds them";
            context.Console.Error.WriteLine(FormattableString.Invariant($"interrupted after {session.CompletedSteps:N0} steps{kept}."));
        }

        return finished ? ExitCode.Success : interruption.ExitCode;
    }

    private static bool Sample(
        TrainingSession session, TrainArguments arguments, ITrainView view, List<string> samples, CancellationToken cancellation)
    {
        var sampler = new Sampler(session.Model, session.Tokenizer, session.Random);
        for (int number = 1; number <= arguments.Samples; number++)
        {
            if (cancellation.IsCancellationRequested)
            {
                return false;
            }

            samples.Add(sampler.Sample(arguments.Temperature));
            view.ShowSample(number, samples[^1]);
        }

        return true;
    }

    private static void CheckOutputs(TrainArguments arguments)
    {
        DataFileCheck.Check("--log", arguments.Log?.Path, arguments.Data);
        DataFileCheck.Check("--report", arguments.Report, arguments.Data);
        if (arguments.Report is not string report)
        {
            ReportOption.CheckInspect(arguments.Inspect);
            return;
        }

        ReportOption.CheckWritable("--report", report);
        if (arguments.Log is LossLogSettings log && ReportOption.SameFile(report, log.Path))
        {
            throw RunnerException.Usage($"--report and --log are the same file, {report}; give two names.");
        }
    }

    private sealed record TrainArguments
    {
        public required ModelEntry Model { get; init; }

        public required DataSettings Data { get; init; }

        public required int? Epochs { get; init; }

        public required LossLogSettings? Log { get; init; }

        public required bool IsQuiet { get; init; }

        public required string? Report { get; init; }

        public required IReadOnlyList<string> Inspect { get; init; }

        public required int Samples { get; init; }

        public required double Temperature { get; init; }

        public required TrainingSettings Settings { get; init; }
    }
}
