using System.Globalization;

namespace MicroGpt.Runner.Checkpoints;

/// <summary>Says in which numbers two specs differ.</summary>
internal static class SpecDifference
{
    /// <summary>A phrase for each difference that changes what a model computes.</summary>
    public static IEnumerable<string> Of(SpecRecord saved, SpecRecord compiled)
    {
        (string Name, object? Saved, object? Compiled)[] members =
        [
            ("architecture", saved.Architecture, compiled.Architecture),
            (nameof(SpecRecord.VocabSize), saved.VocabSize, compiled.VocabSize),
            (nameof(SpecRecord.BlockSize), saved.BlockSize, compiled.BlockSize),
            (nameof(SpecRecord.NEmbd), saved.NEmbd, compiled.NEmbd),
            (nameof(SpecRecord.NHead), saved.NHead, compiled.NHead),
            (nameof(SpecRecord.NLayer), saved.NLayer, compiled.NLayer),
            (nameof(SpecRecord.Precision), saved.Precision, compiled.Precision),
            (nameof(SpecRecord.Optimizer), saved.Optimizer, compiled.Optimizer),
        ];
        string[] numbers = [.. members.Where(member => !Equals(member.Saved, member.Compiled))
            .Select(member => $"{member.Name} = {Text(member.Saved)} in the checkpoint and {Text(member.Compiled)} in the model")];
        return numbers.Length > 0 || saved.Forward == compiled.Forward
            ? numbers : ["the forward pass computes something else than the checkpoint's"];
    }

    private static string Text(object? value) => Convert.ToString(value ?? "none", CultureInfo.InvariantCulture)!;
}
