using System.Collections.Immutable;
using MicroGpt.Generator.Targets.Cpu.Kernels;

namespace MicroGpt.Generator.Targets.Cpu.Lowering;

/// <summary>A kernel and what it is called with.</summary>
internal sealed record KernelCall(KernelSpec Kernel, ImmutableArray<Argument> Arguments)
{
    /// <summary>What it does, where that is not all of what its operation says.</summary>
    public string? Sentence { get; init; }
}
