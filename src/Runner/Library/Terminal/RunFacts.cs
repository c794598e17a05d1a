using System.Text;
using MicroGpt.Runner.Data;
using MicroGpt.Runner.Evaluation;
using MicroGpt.Runner.Messages;
using MicroGpt.Runner.Training;

namespace MicroGpt.Runner.Terminal;

/// <summary>What a person should know of a run before it begins: the same facts for a terminal and for plain lines.</summary>
internal static class RunFacts
{
    // A vocabulary longer than this is shown by its beginning.
    private const int CharactersShown = 64;

    /// <summary>Labels and their facts, in the order to show them.</summary>
    /// <param name="session">The run.</param>
    /// <param name="log">The file of its log; null for none.</param>
    /// <param name="weights">The checkpoint that it starts from; null for random weights.</param>
    public static (string Label, string Fact)[] Of(TrainingSession session, string? log, string? weights)
    {
        ModelDescription model = session.Model.Description;
        string code = GeneratedCode.Find(model.Name) is string folder
            ? Path.Combine(folder, model.Name + ".*.g.cs")
            : "not on disk; "
                + "<EmitCompilerGeneratedFiles>true</EmitCompilerGeneratedFiles> in the model's project file has the build write it";
        List<(string, string)> facts =
        [
            ("model", Describe(session.Model)),
            ("generated code", code),
            ("parameters", Invariant($"{model.ParameterCount:N0}")),
            .. weights is null ? Array.Empty<(string, string)>() : [("weights", "from " + weights)],
            ("data", Describe(session.Corpus)),
            ("vocabulary", Describe(session.Tokenizer)
                + (model.VocabSize > session.Tokenizer.Count ? Invariant($" (the model has room for {model.VocabSize})") : "")),
            ("training", Invariant($"{Counted.Of(session.Settings.Steps, "step")} ")
                + Invariant($"of {Batches(session)}, {ScheduleInWords.Describe(session.InitialLearningRate, session.Settings.Schedule)}, ")
                + Invariant($"seed {session.Settings.Seed}")),
            ("update", UpdateName.Describe(session.Settings, model)),
        ];
        if (session.Validation is Validation validation)
        {
            facts.Add(("held out", Invariant($"{validation.Evaluator.Scope}, ")
                + Invariant($"measured every {(validation.Every == 1 ? "step" : Counted.Of(validation.Every, "step"))} and at the end")));
        }

        if (session.Ranks.Size > 1)
        {
            string shards = Counted.Of(session.Settings.Shards / session.Ranks.Size, "shard");
            int batch = session.Settings.BatchSize;
            string idle = batch >= session.Ranks.Size
                ? ""
                : Invariant($"; a batch of {batch} gives work to {batch} of them, --batch says how many it has");
            facts.Add(("ranks", Invariant(
                $"{session.Ranks.Size}, each with {shards} of a batch and its part of the optimizer's state{idle}")));
        }

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
    public static string NameOf(Optimizer optimizer) => optimizer switch
    {
        Optimizer.Sgd => "SGD",
        Optimizer.Momentum => "momentum",
        _ => optimizer.ToString(),
    };

    private static string Describe(ICompiledModel compiled)
    {
        ModelDescription model = compiled.Description;
        string layers = model.NLayer > 0 ? Invariant($"{Counted.Of(model.NLayer, "layer")}, {Counted.Of(model.NHead, "head")}, ") : "";
        string block = model.BlockSize is int size ? Invariant($", block size {size}") : "";
        string width = model.NEmbd > 0 ? Invariant($"width {model.NEmbd}") : Counted.Of(model.ParameterCount, "parameter");
        return Invariant($"{model.Name}: {model.Architecture}, {layers}{width}{block}; {NameOf(model.Precision)} ")
            + Invariant($"precision, {compiled.VectorBits}-bit vectors");
    }

    /// <summary>A corpus: where it is from, and how large it is.</summary>
    public static string Describe(Corpus corpus)
    {
        string characters = Counted.Of(corpus.CharacterCount, "character");
        string tokens = corpus.Tokenizer.Kind == TokenizerKind.Characters ? "" : Invariant($", {Counted.Of(corpus.TokenCount, "token")}");
        return corpus.IsStream
            ? $"{corpus.Source}: a stream of {characters}{tokens}"
            : $"{corpus.Source}: {Counted.Of(corpus.Count, "document")}, {characters}{tokens}";
    }

    /// <summary>The tokens of a tokenizer.</summary>
    public static string Describe(Tokenizer tokenizer)
    {
        string text = tokenizer switch
        {
            CharacterTokenizer characters => Shown(characters),
            ByteTokenizer => "the bytes of UTF-8",
            _ => "the byte pairs of GPT-2",
        };
        string bos = tokenizer.HasBos ? " and BOS" : "";
        return Invariant($"{tokenizer.Count} token{(tokenizer.Count == 1 ? "" : "s")}: {text}{bos}");
    }

    private static string Shown(CharacterTokenizer tokenizer)
    {
        var characters = new StringBuilder();
        foreach (Rune rune in tokenizer.Characters[..Math.Min(CharactersShown, tokenizer.Characters.Length)])
        {
            characters.Append(rune.Value switch
            {
                '\n' => @"\n",
                '\r' => @"\r",
                '\t' => @"\t",
                _ => rune.ToString(),
            });
        }

        return PrintableText.Of(characters.ToString()) + (tokenizer.Characters.Length > CharactersShown ? "..." : "");
    }

    private static string Batches(TrainingSession session)
    {
        string batch = Counted.Of(session.Settings.BatchSize, session.Corpus.IsStream ? "window" : "document");
        batch += session.Settings.Shards == 1 ? "" : Invariant($" in {session.Settings.Shards:N0} shards");
        return session.Settings.Accumulate == 1 ? batch : Invariant($"{session.Settings.Accumulate:N0} batches of {batch}");
    }

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
