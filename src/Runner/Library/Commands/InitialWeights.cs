using MicroGpt.Runner.Checkpoints;
using MicroGpt.Runner.Data;
using MicroGpt.Runner.Export.Weights;

namespace MicroGpt.Runner.Commands;

/// <summary>What a run starts from: the weights of a checkpoint, or those of another program's file.</summary>
internal sealed class InitialWeights : IDisposable
{
    /// <summary>The option that names them.</summary>
    public const string Option = "--init";

    private readonly CheckpointFile? checkpoint;
    private readonly WeightFile? file;
    private readonly Func<ModelDescription, WeightPlaces> places;

    private InitialWeights(CheckpointFile? checkpoint, WeightFile? file, Func<ModelDescription, WeightPlaces> places)
    {
        this.checkpoint = checkpoint;
        this.file = file;
        this.places = places;
        Tokenizer = checkpoint is not null ? CheckpointOption.TokenizerOf(checkpoint) : file!.Tokenizer;
    }

    /// <summary>The file.</summary>
    public string Path => checkpoint?.Path ?? file!.Path;

    /// <summary>The model that they are of; null where the file does not say.</summary>
    public string? ModelName => checkpoint?.Run.Spec.Name;

    /// <summary>The tokenizer that belongs to them; null where the file does not say.</summary>
    public Tokenizer? Tokenizer { get; }

    /// <summary>Opens a checkpoint, a folder of checkpoints or a file of another program.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="names">The option that says how parameters are called there; null where it was not given.</param>
    /// <param name="places">Where the parameters of a model are found in another program's file.</param>
    /// <exception cref="RunnerException">
    /// There is no such file, or it is not intact; or names are given for a checkpoint, which has its own.
    /// </exception>
    public static InitialWeights Open(string path, string? names, Func<ModelDescription, WeightPlaces> places)
    {
        string found = CheckpointFile.Find(path, Option);
        if (!CheckpointFile.IsCheckpoint(found, Option))
        {
            return new InitialWeights(null, WeightFile.Open(found, Option), places);
        }

        return names is null ? new InitialWeights(CheckpointFile.Open(found, Option), null, places)
            : throw RunnerException.Usage(
                $"{names}: {found} is a checkpoint, in which parameters have their own names. Leave {names} out.");
    }

    /// <summary>Finds out whether they are of a model.</summary>
    /// <exception cref="RunnerException">They are not; the message says what does not fit.</exception>
    public void Check(ModelDescription model)
    {
        checkpoint?.CheckModel(model);
        file?.Check(model, places(model));
        if (file is not null && Tokenizer?.Count > model.VocabSize)
        {
            throw RunnerException.Usage(
                $"{Option}: {Path} has a tokenizer of {Tokenizer.Count} tokens, {model.Name} a vocabulary of {model.VocabSize}.");
        }
    }

    /// <summary>Reads them, for a model that loads them one after the other; an element that is no number is a usage error then.</summary>
    /// <param name="model">The model, which has been checked.</param>
    public ParameterReader Reader(ModelDescription model) =>
        checkpoint is not null ? checkpoint.ReadParameter : file!.Reader(model, places(model));

    /// <inheritdoc/>
    public void Dispose()
    {
        checkpoint?.Dispose();
        file?.Dispose();
    }
}
