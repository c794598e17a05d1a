using MicroGpt.Runner.Checkpoints;
using MicroGpt.Runner.Data;
using MicroGpt.Runner.Randomness;
using MicroGpt.Runner.Training;

namespace MicroGpt.Runner.Commands;

/// <summary>What <c>sample</c> draws from: a model with its weights, the tokenizer, and what a run would print.</summary>
internal sealed class SampledModel : IDisposable
{
    private readonly IDisposable source;
    private readonly RandomStreamState? random;

    private SampledModel(IDisposable source, ICompiledModel model, Tokenizer tokenizer, RandomStreamState? random)
    {
        this.source = source;
        this.random = random;
        Model = model;
        Tokenizer = tokenizer;
    }

    /// <summary>The model.</summary>
    public ICompiledModel Model { get; }

    /// <summary>The tokenizer.</summary>
    public Tokenizer Tokenizer { get; }

    /// <summary>How many samples, and how daring, unless asked for otherwise.</summary>
    public required SampleRecord Samples { get; init; }

    /// <summary>What a checkpoint holds.</summary>
    /// <param name="models">The compiled models.</param>
    /// <param name="file">The checkpoint, which belongs to the result.</param>
    /// <exception cref="RunnerException">It is of no such model.</exception>
    public static SampledModel OfCheckpoint(IReadOnlyList<ModelEntry> models, CheckpointFile file) => Guarded(file, () =>
        new SampledModel(
            file, CheckpointOption.Load(models, file), CheckpointOption.TokenizerOf(file), file.Run.Random) { Samples = file.Run.Samples });

    /// <summary>Weights of another program.</summary>
    /// <param name="entry">The model.</param>
    /// <param name="weights">The weights, which belong to the result.</param>
    /// <param name="data">The text whose tokenizer it is, where the weights have none.</param>
    /// <param name="given">The first option that was given of that text; null where none was.</param>
    /// <exception cref="RunnerException">They are not the model's, or nothing says which token means what.</exception>
    public static SampledModel OfWeights(
        ModelEntry entry, InitialWeights weights, DataSettings data, string? given) => Guarded(weights, () =>
    {
        if (weights.ModelName is not null)
        {
            throw RunnerException.Usage($"{InitialWeights.Option}: {weights.Path} is a checkpoint; give --checkpoint.");
        }

        weights.Check(entry.Description);
        if (weights.Tokenizer is not null && given is not null)
        {
            throw RunnerException.Usage($"{given}: {weights.Path} has a tokenizer of its own, which needs no text. Leave {given} out.");
        }

        Tokenizer tokenizer = weights.Tokenizer ?? Corpus.Read(data).Tokenizer;
        if (tokenizer.Count > entry.Description.VocabSize)
        {
            throw RunnerException.Usage(
                $"{entry.Name} has a vocabulary of {entry.Description.VocabSize}, "
                    + $"the tokenizer {tokenizer.Count} tokens: --tokenizer and --data must be those of the training.");
        }

        ICompiledModel model = entry.Create(0);
        model.LoadParameters(weights.Reader(entry.Description));
        return new SampledModel(weights, model, tokenizer, random: null) { Samples = new SampleRecord(20, 0.5) };
    });

    /// <summary>The random stream: of a seed, or the one in which a run goes on.</summary>
    public RandomStream Random(long? seed)
    {
        var stream = new RandomStream(seed ?? new TrainingSettings().Seed);
        if (seed is null && random is not null)
        {
            stream.Restore(random);
        }

        return stream;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Model.Dispose();
        source.Dispose();
    }

    private static SampledModel Guarded(IDisposable source, Func<SampledModel> make)
    {
        try
        {
            return make();
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }
}
