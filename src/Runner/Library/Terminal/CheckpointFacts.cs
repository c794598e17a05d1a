using System.Globalization;
using MicroGpt.Runner.Checkpoints;
using MicroGpt.Runner.Data;
using MicroGpt.Runner.Messages;
using MicroGpt.Runner.Training;

namespace MicroGpt.Runner.Terminal;

/// <summary>What is in a checkpoint, in lines.</summary>
internal static class CheckpointFacts
{
    private const int LabelWidth = 16;

    /// <summary>Writes what the checkpoint says of its run, then its tensors.</summary>
    public static void Write(TextWriter output, CheckpointFile file)
    {
        foreach ((string label, string fact) in Of(file))
        {
            output.WriteLine(label.PadRight(LabelWidth) + PrintableText.Of(fact));
        }

        output.WriteLine();
        foreach (TensorEntry tensor in file.Tensors)
        {
            output.WriteLine($"{tensor.Name}  {tensor.Form}");
        }
    }

    private static IEnumerable<(string Label, string Fact)> Of(CheckpointFile file)
    {
        RunRecord run = file.Run;
        SpecRecord spec = run.Spec;
        TrainingSettings settings = run.Settings;
        string block = spec.BlockSize is int size ? Invariant($", BlockSize = {size}") : "";
        yield return ("checkpoint", file.Path);
        yield return ("model", Invariant($"{spec.Name}: {spec.Architecture}, ")
            + Invariant($"VocabSize = {spec.VocabSize}{block}, NEmbd = {spec.NEmbd}, NHead = {spec.NHead}, NLayer = {spec.NLayer}"));
        yield return ("precision", Invariant($"{RunFacts.NameOf(spec.Precision)}, {run.VectorBits}-bit vectors"));
        yield return ("parameters", Invariant($"{file.ParameterCount:N0}"));
        yield return ("step", Invariant($"{run.Step:N0} of {settings.Steps:N0}"));
        if (run.Losses.Last.Count > 0)
        {
            yield return (
                "loss", Invariant($"{run.Losses.Last[^1]:F4}, mean of the last {run.Losses.Last.Count} {run.Losses.Last.Average():F4}"));
        }

        if (run.Validation is { BestStep: > 0 } validation)
        {
            yield return ("held-out loss", Invariant($"best {validation.Best:F4} at step {validation.BestStep:N0}"));
        }

        yield return ("data", $"{run.Data.Source}, documents: {KindName.Of(run.Data.Settings.Documents)}, SHA-256 {run.Data.Hash}");
        yield return ("tokenizer", Tokens(run));
        string update = settings.Rule is UpdateRule rule ? UpdateName.InSentence(rule.Kind) : RunFacts.NameOf(spec.Optimizer);
        yield return ("training", Invariant($"{update}, learning rate {settings.LearningRate}, {ScheduleInWords(settings)}, ")
            + Invariant($"batch {settings.BatchSize}{Divided(settings)}{Accumulated(settings)}, seed {settings.Seed}"));
    }

    private static string Tokens(RunRecord run)
    {
        Data.Tokenizer tokenizer = Data.Tokenizer.Create(run.Tokenizer);
        string bos = tokenizer.HasBos ? " and BOS" : "";
        return Invariant($"{KindName.Of(tokenizer.Kind)}, {Counted.Of(tokenizer.TextTokens, "token")}{bos}");
    }

    private static string ScheduleInWords(TrainingSettings settings) =>
        settings.Schedule.Kind.ToString().ToLower(CultureInfo.InvariantCulture);

    private static string Divided(TrainingSettings settings) => settings.Shards == 1 ? "" : Invariant($" in {settings.Shards} shards");

    private static string Accumulated(TrainingSettings settings) =>
        settings.Accumulate == 1 ? "" : Invariant($" times {settings.Accumulate}");

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
