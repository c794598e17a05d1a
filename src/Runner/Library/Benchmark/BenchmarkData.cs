using MicroGpt.Runner.Batches;
using MicroGpt.Runner.Data;
using MicroGpt.Runner.Randomness;
using MicroGpt.Runner.Training;

namespace MicroGpt.Runner.Benchmark;

/// <summary>One packed batch, kept, with what a training step on it costs.</summary>
/// <param name="tokens">[rows] token read at each row.</param>
/// <param name="targets">[rows] token to predict at each row.</param>
/// <param name="starts">[segments + 1] first row of each document, then the number of rows.</param>
/// <param name="operations">Floating-point operations of a training step, as the compiler counted them from the graph.</param>
internal sealed class PackedBatch(int[] tokens, int[] targets, int[] starts, double operations)
{
    /// <summary>[rows] token read at each row.</summary>
    public int[] Tokens => tokens;

    /// <summary>[segments + 1] first row of each document, then the number of rows.</summary>
    public int[] Starts => starts;

    /// <summary>Floating-point operations of a training step.</summary>
    public double Operations => operations;

    /// <summary>The batch as a model takes it.</summary>
    public Batch Batch => new(tokens, targets, starts);

    /// <summary>Copies a batch.</summary>
    public static PackedBatch Of(Batch batch, ModelDescription model)
    {
        double operations = 0;
        for (int segment = 0; segment < batch.Segments; segment++)
        {
            double rows = batch.Starts[segment + 1] - batch.Starts[segment];
            operations += (model.FlopsPerRow * rows) + (model.FlopsPerPair * rows * (rows + 1) / 2);
        }

        return new PackedBatch(batch.Tokens.ToArray(), batch.Targets.ToArray(), batch.Starts.ToArray(), operations);
    }
}

/// <summary>What a benchmark trains on, packed beforehand so that only the step is measured.</summary>
internal static class BenchmarkData
{
    /// <summary>
    /// Low enough for any rule and model to stay finite over hundreds of thousands of steps; a step takes the same time at any rate.
    /// </summary>
    public const double LearningRate = 1e-3;

    private const int NamesVocabulary = 27;
    private const int NamesBlock = 16;
    private const int Seed = 42;

    // As many as a list that users train on has: a branch predictor learns some of the lengths of 2,048 names by heart, which makes a
    // step of the default model 7 % faster than it is for them. The built-in names come again in other orders.
    private const int DocumentsOfNames = 32_768;
    private const int BatchesOfBlocks = 8;
    private const int BlockWithoutLimit = 16;

    /// <summary>The built-in names for a model of their size, full blocks of random tokens for any other.</summary>
    /// <exception cref="RunnerException">A batch would not fit an array.</exception>
    public static PackedBatch[] For(ModelDescription model, int batchSize) =>
        IsForNames(model) ? Names(model, batchSize) : Blocks(model, batchSize);

    /// <summary>What the data is called.</summary>
    public static string NameFor(ModelDescription model) => IsForNames(model) ? "names" : "full blocks";

    /// <summary>A model as a run begins with it.</summary>
    /// <param name="entry">The model.</param>
    /// <param name="threads">Threads of a step.</param>
    /// <param name="rows">Positions of a batch.</param>
    /// <exception cref="RunnerException">The model cannot hold the batch.</exception>
    public static ICompiledModel Create(ModelEntry entry, int threads, int rows)
    {
        ICompiledModel model = ModelForBatch.Create(entry, rows);
        model.Threads = threads;
        model.LoadParameters(ParameterInitializer.Reader(entry.Description, new RandomStream(Seed)));
        return model;
    }

    private static bool IsForNames(ModelDescription model) =>
        model is { VocabSize: NamesVocabulary, BlockSize: NamesBlock or null };

    private static PackedBatch[] Names(ModelDescription model, int batchSize)
    {
        DataSplit split = DataSplit.Draw(Corpus.BuiltInNames(), new RandomStream(Seed), validationShare: 0.0);
        IBatchSource names = BatchSource.For(split, Seed, batchSize, model.BlockSize);
        var batches = new PackedBatch[Math.Max(1, DocumentsOfNames / batchSize)];
        for (int step = 0; step < batches.Length; step++)
        {
            batches[step] = PackedBatch.Of(names.Next(), model);
        }

        return batches;
    }

    private static PackedBatch[] Blocks(ModelDescription model, int batchSize)
    {
        int block = model.BlockSize ?? BlockWithoutLimit;
        long rows = (long)block * batchSize;
        if (rows > Array.MaxLength)
        {
            throw RunnerException.Usage(
                $"--batch: {batchSize} blocks of {block} make {rows} positions, more than {Array.MaxLength}; give a smaller number.");
        }

        var random = new Random(Seed);
        int[] starts = new int[batchSize + 1];
        for (int segment = 0; segment <= batchSize; segment++)
        {
            starts[segment] = segment * block;
        }

        var batches = new PackedBatch[BatchesOfBlocks];
        for (int i = 0; i < batches.Length; i++)
        {
            batches[i] = PackedBatch.Of(new Batch(Tokens(), Tokens(), starts), model);
        }

        return batches;

        int[] Tokens()
        {
            int[] tokens = new int[rows];
            foreach (ref int token in tokens.AsSpan())
            {
                token = random.Next(model.VocabSize);
            }

            return tokens;
        }
    }
}
