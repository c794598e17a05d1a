namespace MicroGpt.Model.Tests.Parity;

/// <summary>The models that are checked: those that the library ships, and those of awkward shapes, of the architectures that the reference knows.</summary>
internal static class CheckedModels
{
    public static IReadOnlyList<ModelEntry> All { get; } =
    [
        .. MicroGpt.CompiledModels.All.Concat(MicroGpt.Course.CompiledModels.All).Concat(TestSpecs.CompiledModels.All)
            .Where(entry => entry.Description.Architecture is "GPT" or "MLP"),
    ];
}
