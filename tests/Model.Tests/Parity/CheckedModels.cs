namespace MicroGpt.Model.Tests.Parity;

/// <summary>The models that are checked: those that the library ships, and those of awkward shapes.</summary>
internal static class CheckedModels
{
    public static IReadOnlyList<ModelEntry> All { get; } = [.. MicroGpt.CompiledModels.All, .. MicroGpt.Course.CompiledModels.All, .. TestSpecs.CompiledModels.All];
}
