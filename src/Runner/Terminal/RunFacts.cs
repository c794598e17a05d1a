using System.Text;
using MicroGpt.Runner.Data;
using MicroGpt.Runner.Training;

namespace MicroGpt.Runner.Terminal;

/// <summary>What a person should know of a run before it begins: the same facts for a terminal and for plain lines.</summary>
internal static class RunFacts
{
    // A vocabulary longer than this is shown by its beginning.
    private const int CharactersShown = 64;

    /// <summary>Labels and their facts, in the order to show them.</summary>
    public static (string Label, string Fact)[] Of(TrainingSession session, string? log)
    {
        ModelDescription model = session.Model.Description;
        string code = GeneratedCode.Find(model.Name) is string folder
            ? Path.Combine(folder, model.Name + ".*.g.cs")
            : "not beside this program; obj/Generated of the project that declares the model";
        List<(string, string)> facts =
        [
            ("model", Describe(session.Model)),
            ("generated code", code),
            ("parameters", Invariant($"{model.ParameterCount:N0}")),
            ("data", Invariant($"{session.Documents.Source}: {Count(session.Corpus.Count, "document")}, {Count(session.Corpus.CharacterCount, "character")}")),
            ("vocabulary", Describe(session.Tokenizer, model)),
            ("training", Invariant($"{Count(session.Settings.Steps, "step")} of {Batches(session.Settings)}, {ScheduleInWords.Describe(session.InitialLearningRate, session.Settings.Schedule)}, seed {session.Settings.Seed}")),
            ("update", UpdateName.Describe(session.Settings, model)),
        ];
        if (session.Settings.Threads > 1)
        {
            facts.Add(("threads", Invariant($"{session.Settings.Threads}")));
        }

        if (log is not null)
        {
            facts.Add(("log", log));
        }

        return [.. facts];
    }

    /// <summary>How a precision is called.</summary>
    public static string NameOf(Precision precision) => precision == Precision.Single ? "single" : "double";

    /// <summary>How an update rule is called.</summary>
    public static string NameOf(Optimizer optimizer) => optimizer == Optimizer.Sgd ? "SGD" : "Adam";

    private static string Describe(ICompiledModel compiled)
    {
        ModelDescription model = compiled.Description;
        string layers = model.NLayer > 0 ? Invariant($"{Count(model.NLayer, "layer")}, {Count(model.NHead, "head")}, ") : "";
        string block = model.BlockSize is int size ? Invariant($", block size {size}") : "";
        return Invariant($"{model.Name}: {model.Architecture}, {layers}width {model.NEmbd}{block}; {NameOf(model.Precision)} precision, {compiled.VectorBits}-bit vectors");
    }

    private static string Describe(Tokenizer tokenizer, ModelDescription model)
    {
        var characters = new StringBuilder();
        foreach (Rune rune in tokenizer.Characters[..Math.Min(CharactersShown, tokenizer.Characters.Length)])
        {
            characters.Append(rune.ToString());
        }

        string more = tokenizer.Characters.Length > CharactersShown ? "..." : "";
        string spare = model.VocabSize > tokenizer.Count ? Invariant($" (the model has room for {model.VocabSize})") : "";
        return Invariant($"{tokenizer.Count} tokens: {PrintableText.Of(characters.ToString())}{more} and BOS{spare}");
    }

    private static string Batches(TrainingSettings settings) => settings.Accumulate == 1
        ? Count(settings.BatchSize, "document")
        : Invariant($"{settings.Accumulate:N0} batches of {Count(settings.BatchSize, "document")}");

    private static string Count(int number, string noun) => Invariant($"{number:N0} {noun}{(number == 1 ? "" : "s")}");

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
