using System.Globalization;
using MicroGpt.Runner.Comparison;
using MicroGpt.Runner.Data;
using MicroGpt.Runner.Distribution;
using MicroGpt.Runner.Logs;
using MicroGpt.Runner.Messages;
using MicroGpt.Runner.Report;
using MicroGpt.Runner.Terminal;
using MicroGpt.Runner.Training;

namespace MicroGpt.Runner.Commands;

/// <summary>A comparison: its models are trained one after the other, each by all ranks, and set side by side.</summary>
internal sealed class CompareRun(CommandContext context, CompareArguments arguments)
{
    private readonly RunnerConsole console = context.Console;
    private readonly Job job = context.Console.Job;

    /// <summary>Trains, and shows what came out.</summary>
    /// <returns>The exit code.</returns>
    public int Run()
    {
        // Everything that can be wrong with the input is found before anything is trained.
        RankFacts.CheckInput(job, arguments.Data.Path);
        if (Writes)
        {
            CheckOutputs();
        }

        IReadOnlyList<CourseStep> course = ParseCourse(arguments.Course, context.Course);
        Corpus corpus = Corpus.Read(arguments.Data);
        RunPlan[] plans =
        [
            .. course.Select(step => RunPlan.Of(step, context.Models, corpus)),
            .. arguments.Models.Select(name => RunPlan.Of(ModelOption.Find(context.Models, name, "--models")))
                .DistinctBy(plan => plan.Name),
        ];
        plans = ThoseThatRead(corpus, plans, isEnough: arguments.Runs.Count > 0);
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
                sessions.Add(SessionOf(plan, corpus));
            }

            DataNotes.Write(console.Error, corpus, sessions.Select(session => session.Model.Description));
            IReadOnlyList<string> inspect = sessions.Count == 0 ? [] : ModelInspector.Choose(arguments.Inspect, sessions[0]);
            IReadOnlyList<RankReport> ranks = job.Size > 1 ? Agree(plans, sessions) : [];
            return Compare(plans, sessions, inspect, Named(logs, plans), ranks);
        }
        finally
        {
            sessions.ForEach(session => session.Dispose());
        }
    }

    /// <summary>A model and its data. One without a gradient, which ranks could divide, is the same on each of them.</summary>
    private TrainingSession SessionOf(RunPlan plan, Corpus corpus)
    {
        TrainingSettings settings = arguments.Settings with { LearningRate = plan.LearningRate ?? 0.0 };
        return plan.HasGradient
            ? new TrainingSession(plan.Entry, corpus, settings, job)
            : new TrainingSession(plan.Entry, corpus, settings with { Shards = 1 });
    }

    /// <summary>Lets the ranks compare what they are about to train.</summary>
    private RankReport[] Agree(RunPlan[] plans, List<TrainingSession> sessions)
    {
        string models = "the models\t" + string.Join(", ", plans.Select(plan => plan.Name));
        RankReport[] ranks = RankFailure.Agree(job, $"{RankFacts.Command("compare")}\n{models}");
        foreach (TrainingSession session in sessions)
        {
            RankFailure.Agree(job, RankFacts.Of(session));
        }

        job.IsUnderWay = true;
        RankFacts.WarnOfIdle(console, arguments.Settings.BatchSize);
        return ranks;
    }

    /// <summary>
    /// The plans without those steps of the course whose model has no room for the characters of the data, which are named. A model that
    /// was asked for by its name has to read it.
    /// </summary>
    /// <param name="corpus">The data.</param>
    /// <param name="plans">All that were asked for.</param>
    /// <param name="isEnough">Whether there is something to show without any of them.</param>
    /// <exception cref="RunnerException">A model of <c>--models</c> cannot read the data, or nothing is left.</exception>
    private RunPlan[] ThoseThatRead(Corpus corpus, RunPlan[] plans, bool isEnough)
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
                console.Error.WriteLine($"warning: {plan.Name} is left out: {e.Message}");
            }
        }

        return left.Count == 0 && reason is not null && !isEnough ? throw reason : [.. left];
    }

    private int Compare(
        RunPlan[] plans, List<TrainingSession> sessions, IReadOnlyList<string> inspect, IReadOnlyList<FinishedRun> saved,
        IReadOnlyList<RankReport> ranks)
    {
        TextWriter output = console.Out;
        var finished = new List<FinishedRun>();
        bool failed = false;
        using var interruption = Interruption.Listen();
        using LastWords? lastWords = ranks.Count == 0 ? null
            : new LastWords(ranks, job, console.OwnError ?? console.Error, interruption.Token, () => "no report and no CSV were written");
        interruption.AskedAgain += () => lastWords?.SayNow();
        for (int i = 0; i < plans.Length; i++)
        {
            var recorder = new RunRecorder();
            try
            {
                if (Train(plans[i], sessions[i], recorder, inspect, interruption.Token) is not FinishedRun run)
                {
                    lastWords?.NothingToSay();
                    console.Error.WriteLine("interrupted; no report and no CSV were written.");
                    return interruption.Token.IsCancellationRequested ? interruption.ExitCode : ExitCode.Success; // another rank was
                }

                finished.Add(run);
            }
            catch (RunnerException e) when (e.ExitCode == ExitCode.Failure && (e.IsOfAllRanks || job.Size == 1))
            {
                // One model that diverges must not cost the others' results.
                output.Flush();
                console.Error.WriteLine($"error: {plans[i].Name}: {e.Message}");
                finished.Add(FinishedRun.Failed(plans[i], recorder));
                failed = true;
            }

            output.WriteLine();
        }

        lastWords?.NothingToSay();
        finished.AddRange(saved);
        if (Writes)
        {
            Show(finished, sessions.FirstOrDefault());
        }

        return failed ? ExitCode.Failure : ExitCode.Success;
    }

    private FinishedRun? Train(
        RunPlan plan, TrainingSession session, RunRecorder recorder, IReadOnlyList<string> inspect, CancellationToken cancellation)
    {
        ITrainView view = TrainView.For(console, isQuiet: !Writes);
        GradientCheckReport? check = plan.ChecksGradient ? FinishedRun.CheckGradient(session) : null;
        string rate = plan.LearningRate is double learningRate
            ? string.Create(CultureInfo.InvariantCulture, $", learning rate {learningRate}") : "";
        List<(string, string)> facts = [(plan.Name, $"{plan.Architecture}, attention: {plan.Attention}; {plan.Optimizer}{rate}")];
        if (check is not null)
        {
            facts.Add(("gradient check", check.Method + "."));
        }

        view.ShowFacts([.. facts]);
        if (job.Any(!view.Train(session, recorder, cancellation)))
        {
            return null;
        }

        var sampler = new Sampler(session.Model, session.Tokenizer, session.Random);
        string[] samples = [.. Enumerable.Range(0, arguments.Samples).Select(_ => sampler.Sample(arguments.Temperature))];
        string note = ReportOption.SamplesNote(arguments.Temperature, arguments.Settings.Seed);
        return FinishedRun.Of(plan, session, recorder, samples, note, inspect, check);
    }

    private void Show(IReadOnlyList<FinishedRun> runs, TrainingSession? session)
    {
        TextWriter output = console.Out;
        int items = arguments.Settings.BatchSize;
        ComparisonTable.Write(console, [.. runs.Select(run => run.Row)]);
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
                : string.Create(CultureInfo.InvariantCulture, $"{Counted.Of(runs.Count, "run")} of up to "
                    + $"{Counted.Of(runs.Max(run => run.Steps.Count), "step")}, "
                    + $"{(items == 1 ? "one document" : $"{items:N0} documents")} a step. ")
                    + "The loss is in nats a token, measured before each update.";
            ReportWriter.Write(report, ComparisonReport.Of("MicroGpt: the models side by side", subtitle, runs, session));
            output.WriteLine($"Report: {report}");
        }
    }

    /// <summary>Whether this process writes: alone, or as the first of several ranks.</summary>
    private bool Writes => job.Rank == 0;

    private static IReadOnlyList<CourseStep> ParseCourse(string text, IReadOnlyList<CourseStep> course)
    {
        if (text.Equals(CompareCommand.NoCourse, StringComparison.OrdinalIgnoreCase))
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
                        + $"give some of them separated by commas, such as {CompareCommand.DefaultOf(course)}, "
                        + $"or '{CompareCommand.NoCourse}'.");
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

    private void CheckOutputs()
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
}
