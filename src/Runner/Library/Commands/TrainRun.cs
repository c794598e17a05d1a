using MicroGpt.Runner.Benchmark;
using MicroGpt.Runner.Checkpoints;
using MicroGpt.Runner.Comparison;
using MicroGpt.Runner.Data;
using MicroGpt.Runner.Distribution;
using MicroGpt.Runner.Evaluation;
using MicroGpt.Runner.Logs;
using MicroGpt.Runner.Messages;
using MicroGpt.Runner.Terminal;
using MicroGpt.Runner.Training;

namespace MicroGpt.Runner.Commands;

/// <summary>A run of <c>train</c>: new or going on, to its end or until it is stopped.</summary>
internal sealed class TrainRun(CommandContext context, TrainArguments arguments)
{
    private readonly RunnerConsole console = context.Console;
    private readonly Job job = context.Console.Job;

    /// <summary>Trains, saves, samples and reports.</summary>
    /// <returns>The exit code.</returns>
    public int Run()
    {
        if (console.Standard is { IsClosed: true } output)
        {
            output.MayBeClosed = arguments.LeavesFiles ? true : throw RunnerException.Failure(
                "standard output is closed, so nothing would be left of the run; give --save, --log or --report.");
        }

        // Everything that can be wrong with the input is found before the log of an earlier run is overwritten.
        RankFacts.CheckInput(job, arguments.Data.Path);
        if (Writes)
        {
            TrainOutputs.Check(arguments);
        }

        Corpus corpus = ReadCorpus();
        TrainingSettings settings = LengthOptions.WithEpochs(arguments.Settings, arguments.Epochs, corpus, arguments.Model.Description);
        if (arguments.Resumed is null)
        {
            settings.Schedule.CheckWarmup(settings.Steps); // A run that is there already has the one that it began with.
        }

        using var session = new TrainingSession(arguments.Model, corpus, settings, job);
        LoadWeights(session);
        DataNotes.Write(console.Error, corpus, session.Model.Description);
        IReadOnlyList<string> inspect = arguments.Report is null || !Writes ? [] : ModelInspector.Choose(arguments.Inspect, session);
        IReadOnlyList<RankReport> ranks = job.Size > 1 ? RankFailure.Agree(job, RankFacts.Of(session)) : [];
        using CheckpointFolder? folder = OpenFolder();
        using LossLog? log = OpenLog(session);
        CheckpointSaver? saver = folder is null ? null : SaverFor(folder, session, log);

        if (job.Size > 1)
        {
            RankFailure.Agree(job); // The first rank has what it writes.
            job.IsUnderWay = true;
        }

        RankFacts.WarnOfIdle(console, settings.BatchSize);
        ITrainView view = TrainView.For(console, arguments.IsQuiet || !Writes);
        view.ShowFacts(RunFacts.Of(session, arguments.Log?.Path, arguments.Init?.Path));
        using var interruption = Interruption.Listen();
        using LastWords? lastWords = ranks.Count == 0 ? null
            : new LastWords(ranks, job, OwnError, interruption.Token, () => WhatIsSaved(saver));
        interruption.AskedAgain += () => lastWords?.SayNow(); // A launcher may ask twice within a moment.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(interruption.Token, OutputLost);
        RunRecorder? recorder = arguments.Report is null || !Writes ? null : new RunRecorder(log);
        bool finished = Train(view, session, saver, recorder ?? (ITrainingObserver?)log, stop);
        int exitCode = finished || !interruption.Token.IsCancellationRequested ? ExitCode.Success : interruption.ExitCode;
        if (!finished)
        {
            lastWords?.NothingToSay();
            SayWhereItStopped(session, saver, interruption.Token.IsCancellationRequested);
        }

        if (Writes)
        {
            exitCode = Conclude(session, view, recorder, inspect, finished, interruption.Token) ? exitCode : interruption.ExitCode;
        }
        else if (IsReported(session))
        {
            HeldOut.Of(session); // Its part of the held-out loss in the report that the first rank writes.
        }

        if (finished && job.Size > 1)
        {
            job.Any(false); // Until the first rank has saved, sampled and written, each says what is left should another one die.
        }

        return exitCode;
    }

    /// <summary>Samples, and writes the report, so far as they are due.</summary>
    /// <returns>False where the samples were interrupted.</returns>
    private bool Conclude(
        TrainingSession session,
        ITrainView view,
        RunRecorder? recorder,
        IReadOnlyList<string> inspect,
        bool finished,
        CancellationToken interruption)
    {
        var samples = new List<string>();
        bool isWhole = true;
        if (finished || (arguments.SamplesAreGiven && !OutputLost.IsCancellationRequested))
        {
            // A run that was interrupted still owes the samples that were asked for; one that was not stops sampling when it is.
            Sample(session, view, samples, finished ? interruption : CancellationToken.None);
            isWhole = !interruption.IsCancellationRequested;
        }

        if (recorder is not null && IsReported(session))
        {
            WriteReport(session, recorder, samples, inspect);
        }

        return isWhole;
    }

    /// <summary>Whether there is a report to write, on whichever rank.</summary>
    private bool IsReported(TrainingSession session) => arguments.Report is not null && session.CompletedSteps > 0;

    /// <summary>Whether this process writes: alone, or as the first of several ranks.</summary>
    private bool Writes => job.Rank == 0;

    /// <summary>Where a rank other than the first says what nobody else can.</summary>
    private TextWriter OwnError => console.OwnError ?? console.Error;

    /// <summary>Is cancelled when nobody can see the output of a run that leaves nothing else.</summary>
    private CancellationToken OutputLost =>
        arguments.LeavesFiles ? CancellationToken.None : console.Standard?.Lost ?? CancellationToken.None;

    private Corpus ReadCorpus()
    {
        Corpus corpus = Corpus.Read(arguments.Data, arguments.Init?.Tokenizer);
        if (arguments.Resumed is CheckpointFile file && corpus.Hash != file.Run.Data.Hash)
        {
            throw RunnerException.Usage(
                $"--resume: {corpus.Source} is not the text that the run was trained on: its SHA-256 begins with {corpus.Hash[..12]}, "
                    + $"that of the checkpoint with {file.Run.Data.Hash[..Math.Min(12, file.Run.Data.Hash.Length)]}. Bring it back, "
                    + $"or start a new run from the weights by --init {file.Path}.");
        }

        return arguments.Init?.Tokenizer is null || corpus.Tokenizer.HasBos == !corpus.IsStream ? corpus : throw RunnerException.Usage(
            $"--init: the tokenizer of {arguments.Init.Path} is that of {(corpus.Tokenizer.HasBos ? "documents" : "a stream")}; "
                + $"give --documents {(corpus.Tokenizer.HasBos ? "line, paragraph or file" : "stream")}.");
    }

    private void LoadWeights(TrainingSession session)
    {
        if (arguments.Init is InitialWeights init)
        {
            session.Model.LoadParameters(init.Reader(session.Model.Description));
        }

        if (arguments.Resumed is not CheckpointFile file)
        {
            return;
        }

        SessionRecord.Restore(session, file);
        if (file.Run.VectorBits != session.Model.VectorBits)
        {
            console.Error.WriteLine(FormattableString.Invariant(
                $"warning: the run was computed with {file.Run.VectorBits}-bit vectors and goes on with {session.Model.VectorBits}: its ")
                    + FormattableString.Invariant($"numbers will differ in their last bits. MICROGPT_VECTOR_BITS={file.Run.VectorBits} ")
                    + "in the environment keeps them, where the processor has such vectors.");
        }
    }

    private CheckpointFolder? OpenFolder() =>
        arguments.Folder is string elsewhere && !Writes ? CheckpointFolder.OfAnotherRank(elsewhere)
        : arguments.Resumed is not null ? CheckpointFolder.Open(arguments.Folder!)
        : arguments.Folder is string path ? CheckpointFolder.Create(path, arguments.Overwrite)
        : null;

    private LossLog? OpenLog(TrainingSession session)
    {
        if (arguments.Log is not LossLogSettings asked || !Writes)
        {
            return null;
        }

        LossLogSettings settings =
            asked with { HeldOutLoss = session.Validation is not null, GradientNorm = session.Settings.MeasuresGradientNorm };
        return arguments.Resumed is null ? LossLog.Create(settings) : LossLog.Resume(settings, session.CompletedSteps);
    }

    private CheckpointSaver SaverFor(CheckpointFolder folder, TrainingSession session, LossLog? log)
    {
        SessionRecord.StateOf(session.Model);
        var saver = new CheckpointSaver(
            folder, session, arguments.Save, arguments.Samples, arguments.IsQuiet ? TextWriter.Null : console.Error,
            arguments.Overwrite) { Log = log };
        if (arguments.Resumed is not null)
        {
            saver.Continue(session.CompletedSteps);
        }

        if (Writes)
        {
            folder.DeleteLeftovers();
        }

        return saver;
    }

    private bool Train(
        ITrainView view, TrainingSession session, CheckpointSaver? saver, ITrainingObserver? observer, CancellationTokenSource stop)
    {
        if (arguments.Resumed is not null && session.IsFinished)
        {
            SayThatItIsComplete(session);
            return true;
        }

        RunTimes? times = arguments.Times is null || !Writes ? null : new RunTimes(observer);
        observer = times ?? observer;
        observer = session.Validation is Validation validation ? new ValidationWarnings(console.Error, validation, observer) : observer;
        observer = saver is null ? observer : new Observers(observer, saver, arguments.StopAt, stop);
        try
        {
            bool finished = view.Train(session, observer, stop.Token);
            saver?.Save();
            times?.Write(arguments.Times!);
            return finished;
        }
        catch (RunnerException e) when (saver?.SavedStep is int step && !e.Message.Contains(saver.Latest, StringComparison.Ordinal))
        {
            string message = FormattableString.Invariant($"{e.Message} {saver.Latest} holds step {step:N0}.");
            throw new RunnerException(e.ExitCode, message, e) { IsOfAllRanks = e.IsOfAllRanks };
        }
    }

    private void SayThatItIsComplete(TrainingSession session)
    {
        if (!arguments.IsQuiet)
        {
            string early = session.CompletedSteps < session.Settings.Steps ? "it ended early, at " : "";
            console.Out.WriteLine(FormattableString.Invariant(
                $"the run is complete: {early}step {session.CompletedSteps:N0} of {session.Settings.Steps:N0}; ")
                    + "--init starts a new one from its weights.");
        }
    }

    /// <summary>
    /// What a job leaves that does not end by itself. Ranks other than the first know which step they have handed over, not whether it was
    /// written.
    /// </summary>
    private string WhatIsSaved(CheckpointSaver? saver) =>
        Writes && saver?.SavedStep is int step ? FormattableString.Invariant($"{saver.Latest} holds step {step:N0}{HowToGoOn}")
        : saver?.SavedStep is not null && File.Exists(saver.Latest) ? $"{saver.Latest} holds the last checkpoint{HowToGoOn}"
        : arguments.Folder is string folder ? $"no checkpoint was written to {folder} yet"
        : "nothing was saved, as there was no --save";

    private string HowToGoOn => $"; --resume {arguments.Folder} goes on";

    private void SayWhereItStopped(TrainingSession session, CheckpointSaver? saver, bool isInterrupted)
    {
        if (!isInterrupted && arguments.StopAt is null && job.Size == 1)
        {
            return; // The reader of the output has left; there is nobody to tell. Of several ranks another one may have been asked to end.
        }

        string what = isInterrupted ? "interrupted" : "stopped";
        string kept = arguments.Log is null ? "" : $"; {arguments.Log.Path} holds them";
        string saved = saver?.SavedStep is int step ? FormattableString.Invariant($"; {saver.Latest} holds step {step:N0}{HowToGoOn}") : "";
        console.Error.WriteLine($"{what} after {Counted.Of(session.CompletedSteps, "step")}{kept}{saved}.");
    }

    private void Sample(TrainingSession session, ITrainView view, List<string> samples, CancellationToken cancellation)
    {
        var sampler = new Sampler(session.Model, session.Tokenizer, session.Random);
        for (int number = 1; number <= arguments.Samples.Count && !cancellation.IsCancellationRequested; number++)
        {
            samples.Add(sampler.Sample(arguments.Samples.Temperature));
            view.ShowSample(number, samples[^1]);
        }
    }

    private void WriteReport(TrainingSession session, RunRecorder recorder, IReadOnlyList<string> samples, IReadOnlyList<string> inspect)
    {
        RunPlan plan = RunPlan.Of(arguments.Model) with
        {
            Optimizer = UpdateName.InSentence((session.Settings.Rule ?? UpdateRule.For(arguments.Model.Description.Optimizer)).Kind),
            LearningRate = session.InitialLearningRate,
        };
        ReportOption.WriteSingle(arguments.Report!, plan, session, recorder, samples, arguments.Samples.Temperature, inspect);
        if (!arguments.IsQuiet)
        {
            console.Out.WriteLine($"Report: {arguments.Report}");
        }
    }

    /// <summary>
    /// The log and the report first, so that a checkpoint never holds a step that they do not; then the end of the run, where it was given.
    /// </summary>
    private sealed class Observers(
        ITrainingObserver? first, CheckpointSaver saver, int? stopAt, CancellationTokenSource stop) : ITrainingObserver
    {
        /// <inheritdoc/>
        public void OnStep(in TrainingStep step)
        {
            first?.OnStep(step);
            saver.OnStep(step);
            if (step.Step == stopAt)
            {
                stop.Cancel();
            }
        }
    }
}
