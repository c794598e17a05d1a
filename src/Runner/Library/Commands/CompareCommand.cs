using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using MicroGpt.Runner.Comparison;
using MicroGpt.Runner.Data;
using MicroGpt.Runner.Logs;
using MicroGpt.Runner.Report;
using MicroGpt.Runner.Terminal;
using MicroGpt.Runner.Training;

namespace MicroGpt.Runner.Commands;

/// <summary><c>compare</c>: trains the steps of the course, and other models, and sets them side by side.</summary>
internal static class CompareCommand
{
    private const string NoCourse = "none";

    public static Command Create(CommandContext context)
    {
        var defaults = new TrainingSettings();
        Option<string>? course = context.Course.Count == 0 ? null : CourseOption(context.Course);
        Option<string[]> models =
            Several("--models", "Compiled models to train besides, by name, separated by commas. 'models' lists them.", "names");
        Option<string[]> runs =
            Several("--runs", "Loss logs of earlier runs, as 'train --log' writes them, to show besides, separated by commas.", "files");
        Option<int> steps = NumberOption.Whole("--steps", "Training steps of each model.", 1, defaults.Steps);
        Option<long> seed = NumberOption.Seed("--seed", "Seed of the shuffle, the initial parameters and the samples.", defaults.Seed);
        Option<int> samples = NumberOption.Whole("--samples", "Documents that each model invents for the report.", 0, 20);
        Option<double> temperature =
            NumberOption.Positive("--temperature", "Below 1 the samples become more typical, above 1 more daring.", 0.5);
        Option<string?> report = ReportOption.Create();
        var csv = new Option<string?>("--csv") { Description = "File for the losses of all runs side by side.", HelpName = "file" };
        Option<string[]> inspect = ReportOption.Inspect();

        string what = course is null ? "models" : "the steps of the course";
        var command = new Command("compare", $"Trains {what} and sets them side by side, in a table and on a page.")
        {
            models, runs, steps, seed, samples, temperature, report, csv, inspect,
        };
        if (course is not null)
        {
            command.Options.Insert(0, course);
        }

        DataOptions data = DataOptions.AddTo(command);
        ValidationOptions validation = ValidationOptions.AddTo(command);
        command.SetAction(result => Run(context, new CompareArguments
        {
            Course = course is null ? NoCourse : result.GetValue(course)!,
            Models = [.. (result.GetValue(models) ?? [])
                .SelectMany(value => value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))],
            Runs = FilesOf(result.GetValue(runs) ?? []),
            Data = data.Settings(result),
            Settings = validation.Apply(result, new TrainingSettings { Steps = result.GetValue(steps), Seed = result.GetValue(seed) }),
            Samples = result.GetValue(samples),
            Temperature = result.GetValue(temperature),
            Report = result.GetValue(report),
            Csv = result.GetValue(csv),
            Inspect = result.GetValue(inspect) ?? [],
        }));
        return command;
    }

    private static Option<string> CourseOption(IReadOnlyList<CourseStep> course) => new("--course")
    {
        Description = $"The steps of the course to train, {course[0].Number} to {course[^1].Number}, separated by commas; "
            + $"'{NoCourse}' for none.",
        HelpName = "steps",
        DefaultValueFactory = _ => DefaultOf(course),
    };

    /// <summary>All steps but those that train what another one trains, only to check its gradient.</summary>
    private static string DefaultOf(IReadOnlyList<CourseStep> course) =>
        string.Join(',', course.Where(step => !step.ChecksGradient).Select(step => step.Number));

    private static Option<string[]> Several(string name, string description, string helpName) => new(name)
    {
        Description = description,
        HelpName = helpName,
        AllowMultipleArgumentsPerToken = true,
    };

    /// <summary>Names of files, separated by commas, too; a file whose name has a comma is taken as it is.</summary>
    private static string[] FilesOf(IEnumerable<string> values) =>
    [
        .. values.SelectMany(value => File.Exists(value) || !value.Contains(',', StringComparison.Ordinal)
            ? [value]
            : value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)),
    ];

    private static int Run(CommandContext context, CompareArguments arguments)
    {
        // Everything that can be wrong with the input is found before anything is trained.
        CheckOutputs(arguments);
        IReadOnlyList<CourseStep> course = ParseCourse(arguments.Course, context.Course);
        Corpus corpus = Corpus.Read(arguments.Data);
        RunPlan[] plans =
        [
            .. course.Select(step => RunPlan.Of(step, context.Models, corpus)),
            .. arguments.Models.Select(name => RunPlan.Of(ModelOption.Find(context.Models, name, "--models")))
                .DistinctBy(plan => plan.Name),
        ];
        plans = ThoseThatRead(context, corpus, plans, isEnough: arguments.Runs.Count > 0);
        LossLogFile[] logs = [.. arguments.Runs.Select(LossLogFile.Read)];
        if (plans.Length + logs.Length == 0)
        {
            throw RunnerException.Usage(
                $"there is nothing to compare: give {(context.Course.Count > 0 ? "--course, " : "")}--models or --runs.");
        }

        var sessions = new List<TrainingSession>();
        try
        {
            foreach (RunPlan plan in plans)
            {
                sessions.Add(new TrainingSession(plan.Entry, corpus, arguments.Settings with { LearningRate = plan.LearningRate ?? 0.0 }));
            }

            DataNotes.Write(context.Console.Error, corpus, sessions.Select(session => session.Model.Description));
            return Compare(context, arguments, plans, sessions, Named(logs, plans));
        }
        finally
        {
            sessions.ForEach(session => session.Dispose());
        }
    }

    /// <summary>
    /// The plans without those steps of the course whose model has no room for the characters of the data, which are named. A model that
    /// was asked for by its name has to read it.
    /// </summary>
    /// <param name="context">Where to say it.</param>
    /// <param name="corpus">The data.</param>
    /// <param name="plans">All that were asked for.</param>
    /// <param name="isEnough">Whether there is something to show without any of them.</param>
    /// <exception cref="RunnerException">A model of <c>--models</c> cannot read the data, or nothing is left.</exception>
    private static RunPlan[] ThoseThatRead(CommandContext context, Corpus corpus, RunPlan[] plans, bool isEnough)
    {
        var left = new List<RunPlan>();
        RunnerException? reason = null;
        foreach (RunPlan plan in plans)
        {
            try
            {
                corpus.CheckFits(plan.Entry.Description);
                left.Add(plan);
            }
            catch (RunnerException e) when (plan.IsOfCourse)
            {
                reason = e;
                context.Console.Error.WriteLine($"warning: {plan.Name} is left out: {e.Message}");
            }
        }

        return left.Count == 0 && reason is not null && !isEnough ? throw reason : [.. left];
    }

    private static int Compare(
        CommandContext context, CompareArguments arguments, RunPlan[] plans, List<TrainingSession> sessions,
        IReadOnlyList<FinishedRun> saved)
    {
        IReadOnlyList<string> inspect = sessions.Count == 0 ? [] : ModelInspector.Choose(arguments.Inspect, sessions[0]);
        TextWriter output = context.Console.Out;
        var finished = new List<FinishedRun>();
        bool failed = false;
        using var interruption = Interruption.Listen();
        for (int i = 0; i < plans.Length; i++)
        {
            var recorder = new RunRecorder();
            try
            {
                if (Train(context, arguments, plans[i], sessions[i], recorder, inspect, interruption.Token) is not FinishedRun run)
                {
                    context.Console.Error.WriteLine("interrupted; no report and no CSV were written.");
                    return interruption.ExitCode;
                }

                finished.Add(run);
            }
            catch (RunnerException e) when (e.ExitCode == ExitCode.Failure)
            {
                // One model that diverges must not cost the others' results.
                output.Flush();
                context.Console.Error.WriteLine($"error: {plans[i].Name}: {e.Message}");
                finished.Add(FinishedRun.Failed(plans[i], recorder));
                failed = true;
            }

            output.WriteLine();
        }

        finished.AddRange(saved);
        Show(context, arguments, finished, sessions.FirstOrDefault());
        return failed ? ExitCode.Failure : ExitCode.Success;
    }

    private static FinishedRun? Train(
        CommandContext context, CompareArguments arguments, RunPlan plan, TrainingSession session, RunRecorder recorder,
        IReadOnlyList<string> inspect, CancellationToken cancellation)
    {
        ITrainView view = TrainView.For(context.Console);
        GradientCheckReport? check = plan.ChecksGradient ? FinishedRun.CheckGradient(session) : null;
        string rate = plan.LearningRate is double learningRate
            ? string.Create(CultureInfo.InvariantCulture, $", learning rate {learningRate}") : "";
        List<(string, string)> facts = [(plan.Name, $"{plan.Architecture}, attention: {plan.Attention}; {plan.Optimizer}{rate}")];
        if (check is not null)
        {
            facts.Add(("gradient check", check.Method + "."));
        }

        view.ShowFacts([.. facts]);
        if (!view.Train(session, recorder, cancellation))
        {
            return null;
        }

        var sampler = new Sampler(session.Model, session.Tokenizer, session.Random);
        string[] samples = [.. Enumerable.Range(0, arguments.Samples).Select(_ => sampler.Sample(arguments.Temperature))];
        return FinishedRun.Of(
            plan, session, recorder, samples, ReportOption.SamplesNote(arguments.Temperature, arguments.Settings.Seed), inspect, check);
    }

    private static void Show(CommandContext context, CompareArguments arguments, IReadOnlyList<FinishedRun> runs, TrainingSession? session)
    {
        TextWriter output = context.Console.Out;
        ComparisonTable.Write(context.Console, [.. runs.Select(run => run.Row)]);
        output.WriteLine();
        if (session is not null)
        {
            Baselines baselines = ComparisonReport.BaselinesOf(session);
            IEnumerable<string> lines = baselines.Lines.Select(
                line => string.Create(CultureInfo.InvariantCulture, $"{line.Name} {line.Nats:F4}"));
            output.WriteLine($"Baselines over all documents, nats a token: {string.Join(", ", lines)}.");
        }

        if (runs.Select(run => run.HeldOut).OfType<HeldOut>().FirstOrDefault() is HeldOut heldOut)
        {
            output.WriteLine($"Held out: {heldOut.Scope}.");
        }

        if (arguments.Csv is string csv)
        {
            SideBySideCsv.Write(csv, runs);
            output.WriteLine($"Losses side by side: {csv}");
        }

        if (arguments.Report is string report)
        {
            string subtitle = session is null
                ? "Runs saved earlier, side by side."
                : string.Create(CultureInfo.InvariantCulture, $"{runs.Count} runs of up to {runs.Max(run => run.Steps.Count):N0} steps, "
                    + $"one document a step. The loss is in nats a token, measured before each update.");
            ReportWriter.Write(report, ComparisonReport.Of("MicroGpt: the models side by side", subtitle, runs, session));
            output.WriteLine($"Report: {report}");
        }
    }

    private static IReadOnlyList<CourseStep> ParseCourse(string text, IReadOnlyList<CourseStep> course)
    {
        if (text.Equals(NoCourse, StringComparison.OrdinalIgnoreCase))
        {
            return [];
        }

        var steps = new List<CourseStep>();
        foreach (string part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            CourseStep step = int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
                && course.FirstOrDefault(candidate => candidate.Number == number) is CourseStep found
                ? found
                : throw RunnerException.Usage(
                    $"--course: there is no step '{part}'. The course has the steps {course[0].Number} to {course[^1].Number}; "
                        + $"give some of them separated by commas, such as {DefaultOf(course)}, or '{NoCourse}'.");
            if (!steps.Contains(step))
            {
                steps.Add(step);
            }
        }

        return steps;
    }

    /// <summary>Saved runs, named after their files; a name that is taken gets a number.</summary>
    private static IReadOnlyList<FinishedRun> Named(LossLogFile[] logs, RunPlan[] plans)
    {
        var taken = new HashSet<string>(plans.Select(plan => plan.Name), StringComparer.OrdinalIgnoreCase);
        var runs = new List<FinishedRun>();
        foreach (LossLogFile log in logs)
        {
            string plain = Path.GetFileNameWithoutExtension(log.Path);
            string name = plain;
            for (int number = 2; !taken.Add(name); number++)
            {
                name = string.Create(CultureInfo.InvariantCulture, $"{plain} ({number})");
            }

            runs.Add(FinishedRun.Of(log, name));
        }

        return runs;
    }

    private static void CheckOutputs(CompareArguments arguments)
    {
        if (arguments.Report is null)
        {
            ReportOption.CheckInspect(arguments.Inspect);
        }

        (string Option, string? File)[] outputs = [("--report", arguments.Report), ("--csv", arguments.Csv)];
        foreach ((string option, string? file) in outputs)
        {
            if (file is null)
            {
                continue;
            }

            ReportOption.CheckWritable(option, file);
            DataFileCheck.Check(option, file, arguments.Data);
            if (arguments.Runs.FirstOrDefault(input => ReportOption.SameFile(input, file)) is string overwritten)
            {
                throw RunnerException.Usage(
                    $"{option}: {overwritten} is read by this command and would be overwritten; give another name.");
            }
        }

        if (arguments is { Report: string report, Csv: string csv } && ReportOption.SameFile(report, csv))
        {
            throw RunnerException.Usage($"--report and --csv are the same file, {report}; give two names.");
        }
    }

    private sealed record CompareArguments
    {
        public required string Course { get; init; }

        public required IReadOnlyList<string> Models { get; init; }

        public required IReadOnlyList<string> Runs { get; init; }

        public required DataSettings Data { get; init; }

        public required TrainingSettings Settings { get; init; }

        public required int Samples { get; init; }

        public required double Temperature { get; init; }

        public required string? Report { get; init; }

        public required string? Csv { get; init; }

        public required IReadOnlyList<string> Inspect { get; init; }
    }
}
