namespace MicroGpt.Model.Tests.Parity;

/// <summary>
/// The models that are checked: those that the library ships, and those of awkward shapes. Models that drop, for which a reference would
/// have to draw as they do, and models that attend without a limit on positions have checks of their own.
/// </summary>
internal static class CheckedModels
{
    public static IReadOnlyList<ModelEntry> All { get; } =
    [
        .. MicroGpt.CompiledModels.All.Concat(MicroGpt.Course.CompiledModels.All).Concat(TestSpecs.CompiledModels.All)
            .Where(entry => entry.Description is not { BlockSize: null, NLayer: > 0 })
            .Where(entry => !entry.Description.Graphs.Training.Nodes.Any(node => node.Op == "DropoutFactors")),
    ];
}
