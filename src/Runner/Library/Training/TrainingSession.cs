using MicroGpt.Distribution;
using MicroGpt.Runner.Batches;
using MicroGpt.Runner.Data;
using MicroGpt.Runner.Distribution;
using MicroGpt.Runner.Evaluation;
using MicroGpt.Runner.Randomness;

namespace MicroGpt.Runner.Training;

/// <summary>What a training run can be told. The defaults are the course's.</summary>
public sealed record TrainingSettings
{
    /// <summary>Number of steps.</summary>
    public int Steps { get; init; } = 1000;

    /// <summary>Initial learning rate; null for the course's (<see cref="Training.LearningRate.DefaultFor"/>).</summary>
    public double? LearningRate { get; init; }

    /// <summary>Seed of the shuffle, of the initial parameters, of what dropout drops and of the samples.</summary>
    public long Seed { get; init; } = 42;

    /// <summary>The update rule; null for the one that the model compiles into its step.</summary>
    public UpdateRule? Rule { get; init; }

    /// <summary>Threads of a training step; results do not depend on it.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Bytes of a bucket that ranks exchange (<see cref="ShardPlan.BucketBytes"/>); null for as many as are usual.</summary>
    internal int? BucketBytes { get; init; }

    /// <summary>Items (documents, windows of a stream) a batch.</summary>
    public int BatchSize { get; init; } = 1;

    /// <summary>Batches a step, whose gradients are added up before the update.</summary>
    public int Accumulate { get; init; } = 1;

    /// <summary>
    /// Shards that a batch is divided into, for as many ranks or fewer: results depend on their number (a sum of sums is rounded otherwise
    /// than a sum), and on that of the ranks not at all. With 1, nothing is divided.
    /// </summary>
    public int Shards { get; init; } = 1;

    /// <summary>Whether the norm of every step's gradient is measured, for the log.</summary>
    public bool MeasuresGradientNorm { get; init; }

    /// <summary>The course of the learning rate over the run.</summary>
    public ScheduleSettings Schedule { get; init; } = new();

    /// <summary>Share of the documents (of a stream, of its tokens) that is held out for validation; 0 for none.</summary>
    public double ValidationShare { get; init; }

    /// <summary>Steps from one measurement of the held-out loss to the next; null for a tenth of the run.</summary>
    public int? EvaluateEvery { get; init; }

    /// <summary>Measurements without a better held-out loss after which the run ends early; null for never.</summary>
    public int? EarlyStop { get; init; }

    /// <summary>
    /// Whether the update that the model compiles into its step is the one that runs: not with another rule, with several batches a
    /// step, divided batches, or where the gradient's norm is wanted, all of which need the gradient stored.
    /// </summary>
    public bool UpdatesInStep => this is { Rule: null, Accumulate: 1, Shards: 1, MeasuresGradientNorm: false };

    /// <summary>Items that the whole run takes.</summary>
    public long Items => (long)Math.Min(long.MaxValue, (decimal)Steps * BatchSize * Accumulate);
}

/// <summary>One finished training step.</summary>
/// <param name="Step">The step, counted from 1.</param>
/// <param name="Document">The text of the batch's first document, or of its first window.</param>
/// <param name="Positions">Rows of the batch.</param>
/// <param name="LearningRate">The learning rate of the step.</param>
/// <param name="Loss">The loss before the update, in nats a position.</param>
public readonly record struct TrainingStep(int Step, DocumentText Document, int Positions, double LearningRate, double Loss)
{
    /// <summary>The loss on what is held out, measured after the update, in nats a token; null where it was not measured.</summary>
    public double? HeldOutLoss { get; init; }

    /// <summary>The Euclidean norm of the gradient before clipping; null where it was not measured.</summary>
    public double? GradientNorm { get; init; }
}

/// <summary>Is told of each finished training step, on the training thread.</summary>
public interface ITrainingObserver
{
    /// <summary>Called after a step whose loss is finite.</summary>
    void OnStep(in TrainingStep step);
}

/// <summary>
/// A model, its data and its random numbers, from initialisation over training to sampling. The random stream is drawn as
/// in the course: seed, shuffle the documents, initialise the parameters; training draws nothing; sampling goes on.
/// </summary>
public sealed class TrainingSession : IDisposable
{
    private readonly GradientOptimizer? optimizer;
    private readonly ShardedStep? sharded;

    /// <summary>Shuffles the documents, makes the model and initialises it.</summary>
    /// <param name="entry">The model.</param>
    /// <param name="corpus">The data, the same on every rank.</param>
    /// <param name="settings">What the run is told, the same on every rank.</param>
    /// <param name="ranks">The processes that train together; null for this one alone.</param>
    /// <exception cref="RunnerException">
    /// The data does not fit the model's vocabulary, the batch does not fit memory, or the ranks do not divide the shards.
    /// </exception>
    public TrainingSession(ModelEntry entry, Corpus corpus, TrainingSettings settings, ICommunicator? ranks = null)
    {
        Settings = settings;
        Ranks = ranks ?? SingleRank.Instance;
        ShardPlan? plan = PlanFor(settings, Ranks);
        InitialLearningRate = settings.LearningRate ?? LearningRate.DefaultFor(entry.Description, settings.Rule);
        settings.Schedule.Check(InitialLearningRate);
        corpus.CheckFits(entry.Description);
        Random = new RandomStream(settings.Seed);
        Split = DataSplit.Draw(corpus, Random, settings.ValidationShare);
        int? blockSize = entry.Description.BlockSize;
        Batches = BatchSource.For(Split, settings.Seed, ItemsAtOnce(settings), blockSize, settings.Items);
        int mostRows = plan is null ? Batches.MaxRows : Batches.MaxRows / ItemsAtOnce(settings) * plan.MostItems;
        Model = ModelForBatch.Create(entry, mostRows);
        if (plan is null && (long)Batches.MaxRows * settings.Accumulate > int.MaxValue)
        {
            Model.Dispose();
            throw RunnerException.Usage(FormattableString.Invariant(
                $"--accumulate: {settings.Accumulate:N0} batches of up to {Batches.MaxRows:N0} positions are more than a step can count; ")
                    + "give a smaller number.");
        }

        Model.Threads = settings.Threads;
        optimizer = OptimizerFor(settings, entry.Description, plan);
        sharded = plan is null ? null : new ShardedStep(Model, optimizer!, settings);
        Model.LoadParameters(ParameterInitializer.Reader(Model.Description, Random));
        DropFrom(step: 0);
        if (settings.ValidationShare > 0)
        {
            Validation = new Validation(
                Evaluator.OfHeldOut(Split, blockSize, Model.RowCapacity), settings.Steps, settings.EvaluateEvery, settings.EarlyStop);
        }
    }

    /// <summary>The model. It belongs to the session.</summary>
    public ICompiledModel Model { get; }

    /// <summary>What the run was told.</summary>
    public TrainingSettings Settings { get; }

    /// <summary>The processes that train together.</summary>
    public ICommunicator Ranks { get; }

    /// <summary>The learning rate from which the schedule falls.</summary>
    public double InitialLearningRate { get; }

    /// <summary>The tokenized documents.</summary>
    public Corpus Corpus => Split.Corpus;

    /// <summary>The documents' order, and which of them are trained on.</summary>
    public DataSplit Split { get; }

    /// <summary>The batches of the steps.</summary>
    public IBatchSource Batches { get; }

    /// <summary>The tokenizer.</summary>
    public Tokenizer Tokenizer => Corpus.Tokenizer;

    /// <summary>The held-out losses so far; null where nothing is held out.</summary>
    public Validation? Validation { get; }

    /// <summary>The run's random stream.</summary>
    public RandomStream Random { get; }

    /// <summary>The losses of the steps done so far.</summary>
    public LossWindow Losses { get; } = new();

    /// <summary>Steps done so far.</summary>
    public int CompletedSteps { get; private set; }

    /// <summary>The optimizer that was chosen at run time; null where the model's own update runs.</summary>
    public GradientOptimizer? Optimizer => optimizer;

    /// <summary>Whether all steps are done, or the held-out loss has not become better for long enough.</summary>
    public bool IsFinished => CompletedSteps >= Settings.Steps || Validation is { IsOver: true };

    /// <summary>Runs the remaining steps, or those until cancellation. Allocates nothing of its own.</summary>
    /// <param name="observers">Are told of each step, in this order.</param>
    /// <param name="cancellation">Looked at before every step.</param>
    /// <returns>True when all steps are done, false when cancelled.</returns>
    /// <exception cref="RunnerException">The loss became NaN or infinite.</exception>
    public bool Run(ReadOnlySpan<ITrainingObserver> observers, CancellationToken cancellation = default)
    {
        while (!IsFinished)
        {
            if (Ranks.Any(cancellation.IsCancellationRequested))
            {
                return false;
            }

            TrainingStep step = Step();
            foreach (ITrainingObserver observer in observers)
            {
                observer.OnStep(step);
            }
        }

        return true;
    }

    /// <summary>
    /// Goes on after so many steps. The batches go to their place; parameters, state, random stream and losses are the caller's to restore.
    /// </summary>
    /// <param name="steps">Steps done, 0 to <see cref="TrainingSettings.Steps"/>.</param>
    public void ResumeAfter(int steps)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(steps);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(steps, Settings.Steps);
        CompletedSteps = steps;
        DropFrom(steps);
        Batches.MoveTo((long)steps * Settings.BatchSize * Settings.Accumulate);
    }

    /// <summary>Runs one step.</summary>
    /// <exception cref="InvalidOperationException">All steps are done.</exception>
    /// <exception cref="RunnerException">The loss became NaN or infinite.</exception>
    public TrainingStep Step()
    {
        int step = CompletedSteps;
        if (step >= Settings.Steps)
        {
            throw new InvalidOperationException($"All {Settings.Steps} steps are done.");
        }

        double rate = Settings.Schedule.At(InitialLearningRate, step, Settings.Steps);
        double loss = sharded is not null ? TrainOnShards(rate, step, out int positions, out DocumentText first)
            : Settings.Accumulate == 1 ? TrainOnBatch(rate, out positions, out first)
            : TrainOnBatches(rate, out positions, out first);
        if (!double.IsFinite(loss))
        {
            throw Diverged(step + 1, loss);
        }

        CompletedSteps++;
        Losses.Add(loss);
        return new TrainingStep(CompletedSteps, first, positions, rate, loss)
        {
            GradientNorm = Settings.MeasuresGradientNorm ? optimizer!.GradientNorm : null,
            HeldOutLoss = Validation?.AfterStep(Model, CompletedSteps, loss, Ranks)?.NatsPerToken,
        };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        optimizer?.Dispose();
        sharded?.Dispose();
        Model.Dispose();
    }

    private static GradientOptimizer? OptimizerFor(TrainingSettings settings, ModelDescription model, ShardPlan? plan) =>
        settings.UpdatesInStep
            ? null
            : new GradientOptimizer(settings.Rule
                ?? UpdateRule.For(model.Optimizer)) { MeasuresNorm = settings.MeasuresGradientNorm, Plan = plan };

    /// <summary>How the batches of a run are divided; null where they are not.</summary>
    private static ShardPlan? PlanFor(TrainingSettings settings, ICommunicator ranks) =>
        settings.Shards < 1 ? throw RunnerException.Usage("--shards: a batch has at least 1 shard.")
        : settings.Shards % ranks.Size != 0
            ? throw RunnerException.Usage(ShardsText.NotDivided(settings.Shards, ranks.Size, ShardsSource.Given))
        : settings.Shards == 1 ? null
        : settings.BucketBytes is int bytes ? new ShardPlan(ranks, settings.Shards, settings.BatchSize) { BucketBytes = bytes }
        : new ShardPlan(ranks, settings.Shards, settings.BatchSize);

    /// <summary>Items that are packed at once: those of a batch, or, where each batch is divided, those of a step.</summary>
    private static int ItemsAtOnce(TrainingSettings settings) =>
        settings.Shards == 1 ? settings.BatchSize : (int)Math.Min(int.MaxValue, (long)settings.BatchSize * settings.Accumulate);

    /// <summary>What the steps drop follows from the seed and their number, so that a run that is resumed drops the same.</summary>
    private void DropFrom(int step)
    {
        if (Model is IModelDropout model)
        {
            model.Dropout = new DropoutDraw((ulong)Settings.Seed, step);
        }
    }

    private double TrainOnBatch(double rate, out int positions, out DocumentText first)
    {
        Batch batch = Batches.Next();
        first = Batches.FirstText;
        positions = batch.Rows;
        return optimizer is null ? Model.TrainStep(batch, rate) : Model.TrainStep(batch, rate, optimizer);
    }

    /// <summary>A step on several batches: every position of theirs counts the same, as in one large batch.</summary>
    private double TrainOnBatches(double rate, out int positions, out DocumentText first)
    {
        double sum = 0.0;
        positions = 0;
        first = default;
        for (int part = 0; part < Settings.Accumulate; part++)
        {
            Batch batch = Batches.Next();
            first = part == 0 ? Batches.FirstText : first;
            optimizer!.Accumulate(batch.Rows, isLast: part == Settings.Accumulate - 1);
            sum += Model.TrainStep(batch, rate, optimizer) * batch.Rows;
            positions += batch.Rows;
        }

        return sum / positions;
    }

    private double TrainOnShards(double rate, int step, out int positions, out DocumentText first)
    {
        Batch items = Batches.Next();
        first = Batches.FirstText;
        positions = items.Rows;
        return sharded!.Train(items, rate, step);
    }

    private RunnerException Diverged(int step, double loss)
    {
        string what = double.IsNaN(loss) ? "NaN (not a number)" : "infinite";
        string rate = Invariant($"{InitialLearningRate}");
        string hint = InitialLearningRate > 0
            ? Invariant($"A lower learning rate helps as a rule: --learning-rate {InitialLearningRate / 10:G3} instead of {rate}.")
            : "The initial parameters are too large: lower InitStd in the spec.";
        return new RunnerException(ExitCode.Failure, $"step {step:N0}: the loss became {what}; training stopped. {hint}")
        {
            IsOfAllRanks = true,
        };
    }

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
