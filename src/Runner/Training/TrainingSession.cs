using MicroGpt.Runner.Data;
using MicroGpt.Runner.Randomness;

namespace MicroGpt.Runner.Training;

/// <summary>What a training run can be told. The defaults are the course's.</summary>
public sealed record TrainingSettings
{
    /// <summary>Number of steps.</summary>
    public int Steps { get; init; } = 1000;

    /// <summary>Initial learning rate; null for the course's (<see cref="Training.LearningRate.DefaultFor"/>).</summary>
    public double? LearningRate { get; init; }

    /// <summary>Seed of the shuffle, of the initial parameters and of the samples.</summary>
    public long Seed { get; init; } = 42;

    /// <summary>The update rule; null for the one that the model compiles into its step.</summary>
    public UpdateRule? Rule { get; init; }

    /// <summary>Threads of a training step; results do not depend on it.</summary>
    public int Threads { get; init; } = 1;

    /// <summary>Documents a step.</summary>
    public int BatchSize { get; init; } = 1;
}

/// <summary>One finished training step.</summary>
/// <param name="Step">The step, counted from 1.</param>
/// <param name="Document">The text of the batch's first document.</param>
/// <param name="Positions">Rows of the batch.</param>
/// <param name="LearningRate">The learning rate of the step.</param>
/// <param name="Loss">The loss before the update, in nats a position.</param>
public readonly record struct TrainingStep(int Step, string Document, int Positions, double LearningRate, double Loss);

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
    private readonly BatchPacker batches;
    private readonly GradientOptimizer? optimizer;

    /// <summary>Shuffles and tokenizes the documents, makes the model and initialises it.</summary>
    /// <exception cref="RunnerException">The data does not fit the model's vocabulary, or the batch does not fit memory.</exception>
    public TrainingSession(ModelEntry entry, DocumentSet documents, TrainingSettings settings)
    {
        Settings = settings;
        Documents = documents;
        InitialLearningRate = settings.LearningRate ?? LearningRate.DefaultFor(entry.Description, settings.Rule);
        Tokenizer = Tokenizer.ForDocuments(documents, entry.Description);
        Random = new RandomStream(settings.Seed);

        Document[] shuffled = documents.Documents.ToArray();
        Random.Shuffle(shuffled.AsSpan());
        Corpus = new Corpus(shuffled, Tokenizer);

        batches = new BatchPacker(Corpus, settings.BatchSize, entry.Description.BlockSize);
        try
        {
            Model = entry.Create(Math.Max(batches.MaxRows, entry.Description.BlockSize ?? 0));
        }
        catch (Exception e) when (e is OutOfMemoryException or OverflowException or ArgumentException)
        {
            throw RunnerException.Usage(
                $"{entry.Name} cannot hold a batch of {batches.MaxRows} positions ({e.Message}); give a smaller --batch.", e);
        }

        Model.Threads = settings.Threads;
        optimizer = settings.Rule is UpdateRule rule ? new GradientOptimizer(rule) : null;
        Model.LoadParameters(ParameterInitializer.Draw(Model.Description, Random));
    }

    /// <summary>The model. It belongs to the session.</summary>
    public ICompiledModel Model { get; }

    /// <summary>What the run was told.</summary>
    public TrainingSettings Settings { get; }

    /// <summary>The learning rate of the first step.</summary>
    public double InitialLearningRate { get; }

    /// <summary>The documents as they came.</summary>
    public DocumentSet Documents { get; }

    /// <summary>The shuffled, tokenized documents.</summary>
    public Corpus Corpus { get; }

    /// <summary>The tokenizer made from the documents.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>The run's random stream.</summary>
    public RandomStream Random { get; }

    /// <summary>Steps done so far.</summary>
    public int CompletedSteps { get; private set; }

    /// <summary>Runs the remaining steps, or those until cancellation. Allocates nothing of its own.</summary>
    /// <param name="observers">Are told of each step, in this order.</param>
    /// <param name="cancellation">Looked at before every step.</param>
    /// <returns>True when all steps are done, false when cancelled.</returns>
    /// <exception cref="RunnerException">The loss became NaN or infinite.</exception>
    public bool Run(ReadOnlySpan<ITrainingObserver> observers, CancellationToken cancellation = default)
    {
        while (CompletedSteps < Settings.Steps)
        {
            if (cancellation.IsCancellationRequested)
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

        double rate = LearningRate.At(InitialLearningRate, step, Settings.Steps);
        Batch batch = batches.Pack(step);
        double loss = optimizer is null ? Model.TrainStep(batch, rate) : Model.TrainStep(batch, rate, optimizer);
        if (!double.IsFinite(loss))
        {
            throw Diverged(step + 1, loss);
        }

        CompletedSteps++;
        return new TrainingStep(CompletedSteps, Corpus.Text(batches.FirstDocument(step)), batch.Rows, rate, loss);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        optimizer?.Dispose();
        Model.Dispose();
    }

    private RunnerException Diverged(int step, double loss)
    {
        string what = double.IsNaN(loss) ? "NaN (not a number)" : "infinite";
        string rate = Invariant($"{InitialLearningRate}");
        string hint = InitialLearningRate > 0
            ? Invariant($"A lower learning rate helps as a rule: --learning-rate {InitialLearningRate / 10:G3} instead of {rate}.")
            : "The initial parameters are too large: lower InitStd in the spec.";
        return RunnerException.Failure($"step {step}: the loss became {what}; training stopped. {hint}");
    }

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
