using System.CommandLine;
using System.CommandLine.Parsing;
using MicroGpt.Runner.Checkpoints;
using MicroGpt.Runner.Data;
using MicroGpt.Runner.Messages;
using MicroGpt.Runner.Terminal;

namespace MicroGpt.Runner.Commands;

/// <summary>The option that names a checkpoint, and the model that it is loaded into.</summary>
internal static class CheckpointOption
{
    private const string Name = "--checkpoint";

    /// <summary>Makes the option.</summary>
    public static Option<string?> Create() => EmptyName.Refuse(
        new Option<string?>(Name)
        {
            Description = "A checkpoint, or the folder that a run saved itself in: its latest one.", HelpName = "file",
        },
        "a checkpoint or of a run's folder");

    /// <summary>Opens the checkpoint asked for.</summary>
    /// <exception cref="RunnerException">None is named, or it is not intact.</exception>
    public static CheckpointFile Open(Option<string?> option, ParseResult result) => CheckpointFile.Open(
        result.GetValue(option)
            ?? throw RunnerException.Usage($"{Name} is missing: which model? 'train --save DIR' writes one; then give {Name} DIR."), Name);

    /// <summary>The compiled model that a checkpoint is of.</summary>
    /// <exception cref="RunnerException">This program has no such model, or it was compiled from another spec.</exception>
    public static ModelEntry EntryOf(IReadOnlyList<ModelEntry> models, CheckpointFile file)
    {
        string name = file.Run.Spec.Name;
        ModelEntry entry = models.FirstOrDefault(model => model.Name == name) ?? throw RunnerException.Usage(
            $"{file.Path} is of the model {PrintableText.Of(name)}, which this program does not have. "
                + $"Known: {string.Join(", ", models.Select(model => model.Name))}. 'models --checkpoint' shows its spec.");
        file.CheckModel(entry.Description);
        return entry;
    }

    /// <summary>Makes the model of a checkpoint and loads its parameters.</summary>
    /// <exception cref="RunnerException">As for <see cref="EntryOf"/>.</exception>
    public static ICompiledModel Load(IReadOnlyList<ModelEntry> models, CheckpointFile file)
    {
        ModelEntry entry = EntryOf(models, file);
        ICompiledModel model = entry.Create(0);
        model.LoadParameters(file.ReadParameter);
        return model;
    }

    /// <summary>The tokenizer of a checkpoint.</summary>
    /// <exception cref="RunnerException">It is not one that fits the model.</exception>
    public static Tokenizer TokenizerOf(CheckpointFile file)
    {
        Tokenizer tokenizer = Tokenizer.Create(file.Run.Tokenizer);
        return tokenizer.Count <= file.Run.Spec.VocabSize
            ? tokenizer
            : throw RunnerException.Usage(
                $"{file.Path} contradicts itself: its tokenizer has {tokenizer.Count} tokens, its model {file.Run.Spec.VocabSize}.");
    }
}
