using System.Collections.Immutable;
using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Targets.Cpu.Kernels;

namespace MicroGpt.Generator.Targets.Cpu.Lowering;

/// <summary>A kernel and what it is called with.</summary>
internal sealed record KernelCall
{
    /// <exception cref="GraphException">A number is larger than the kernel's arithmetic allows.</exception>
    public KernelCall(KernelSpec kernel, ImmutableArray<Argument> arguments)
    {
        (Kernel, Arguments) = (kernel, arguments);
        Argument[] numbers = [.. arguments.Where(a => a.Kind == ArgumentKind.Constant)];
        foreach (var parameter in numbers.Length == 0 ? [] : kernel.Parameters)
        {
            if (numbers.FirstOrDefault(a => a.Parameter == parameter.Name) is { ResultIndex: var number } && number > parameter.Most)
            {
                throw new GraphException($"{kernel.Name} takes {parameter.Name} up to {parameter.Most}, not {number}");
            }
        }
    }

    public KernelSpec Kernel { get; }

    public ImmutableArray<Argument> Arguments { get; }

    /// <summary>What it does, where that is not all of what its operation says.</summary>
    public string? Sentence { get; init; }
}
