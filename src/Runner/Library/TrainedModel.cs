using System.Collections.Concurrent;
using MicroGpt.Runner.Checkpoints;
using MicroGpt.Runner.Commands;
using MicroGpt.Runner.Data;
using MicroGpt.Runner.Randomness;
using MicroGpt.Runner.Training;

namespace MicroGpt.Runner;

/// <summary>
/// A trained model in an application: its parameters and its tokenizer, from a checkpoint. Any number of threads may use it at once; as many as the
/// machine has processors are served at a time, each by a copy of the model that is made when it is first needed.
/// </summary>
/// <example><code>
/// using var names = TrainedModel.Load("run", CompiledModels.All);
/// string name = names.Sample(prompt: "an", seed: 7);
/// </code></example>
public sealed class TrainedModel : IDisposable
{
    private readonly ModelEntry entry;
    private readonly double[] parameters;
    private readonly Tokenizer tokenizer;
    private readonly ConcurrentBag<ICompiledModel> idle = [];
    private readonly SemaphoreSlim places = new(Environment.ProcessorCount);

    private TrainedModel(ModelEntry entry, double[] parameters, Tokenizer tokenizer) =>
        (this.entry, this.parameters, this.tokenizer) = (entry, parameters, tokenizer);

    /// <summary>What the model is.</summary>
    public ModelDescription Description => entry.Description;

    /// <summary>Loads what a run saved.</summary>
    /// <param name="checkpoint">A checkpoint, or the folder that a run saved itself in: its latest one.</param>
    /// <param name="models">The compiled models, one of which it is of.</param>
    /// <exception cref="RunnerException">There is none, it is not intact, or of no such model; the message says which.</exception>
    public static TrainedModel Load(string checkpoint, IReadOnlyList<ModelEntry> models)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        ArgumentNullException.ThrowIfNull(models);
        using CheckpointFile file = CheckpointFile.Open(checkpoint, nameof(checkpoint));
        ModelEntry entry = CheckpointOption.EntryOf(models, file);
        return new TrainedModel(entry, file.Parameters(entry.Description), CheckpointOption.TokenizerOf(file));
    }

    /// <summary>Draws one document. The same arguments give the same document, whatever else is drawn meanwhile.</summary>
    /// <param name="settings">How; null for the defaults.</param>
    /// <param name="prompt">What it begins with.</param>
    /// <param name="seed">Of the random numbers that it is drawn by.</param>
    /// <param name="cancellation">Ends it between two tokens, or while it waits for a processor.</param>
    /// <returns>The document, its prompt included.</returns>
    /// <exception cref="RunnerException">The prompt has a character that the model has not learned; or its logits are not finite.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public string Sample(SamplingSettings? settings = null, string prompt = "", long seed = 0, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        int[] tokens = tokenizer.Encode(prompt);
        places.Wait(cancellation);
        ICompiledModel? model = null;
        try
        {
            model = idle.TryTake(out ICompiledModel? free) ? free : Create();
            return new Sampler(model, tokenizer, new RandomStream(seed)).Sample(
                settings ?? new SamplingSettings(), tokens, (_, _) => cancellation.ThrowIfCancellationRequested());
        }
        finally
        {
            if (model is not null)
            {
                idle.Add(model);
            }

            places.Release();
        }
    }

    /// <summary>Frees the memory of the models. Nothing may be drawn meanwhile or after it.</summary>
    public void Dispose()
    {
        while (idle.TryTake(out ICompiledModel? model))
        {
            model.Dispose();
        }

        places.Dispose();
    }

    private ICompiledModel Create()
    {
        ICompiledModel model = entry.Create(0);
        model.LoadParameters(parameters);
        return model;
    }
}
