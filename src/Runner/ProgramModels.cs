namespace MicroGpt.Runner;

/// <summary>What this program has compiled in.</summary>
public static class ProgramModels
{
    /// <summary>The models that can be named: those of <c>src/Model</c>, then those of the course.</summary>
    public static IReadOnlyList<ModelEntry> All { get; } = [.. CompiledModels.All, .. MicroGpt.Course.CompiledModels.All];
}
