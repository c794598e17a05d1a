using System.Collections.Immutable;
using MicroGpt.Generator.Targets.Cpu.Kernels;

namespace MicroGpt.Generator.Targets.Cpu.Lowering;

/// <summary>A kernel and what it is called with.</summary>
internal sealed record KernelCall(KernelSpec Kernel, ImmutableArray<Argument> Arguments);
