using System.Collections.Immutable;
using MicroGpt.Generator.Architectures;
using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Kernels;
using MicroGpt.Generator.Ops;
using MicroGpt.Generator.Passes;
using MicroGpt.Generator.Spec;

namespace MicroGpt.Generator;

/// <summary>One statement of a schedule: a node, the kernel that computes it and what that is called with.</summary>
internal sealed record ScheduledCall(Node Node, KernelCall Call);

/// <summary>A weight in memory.</summary>
/// <param name="Parameter">The parameter.</param>
/// <param name="Orientation">In which order.</param>
/// <param name="Offset">Elements before it in the arena of weights.</param>
/// <param name="Rows">Rows of a panel, padded.</param>
/// <param name="Columns">Columns, padded to whole panels.</param>
internal sealed record PlacedWeight(Node Parameter, Orientation Orientation, long Offset, int Rows, int Columns)
{
    public long Elements => (long)Rows * Columns;

    /// <summary>Name in the generated code.</summary>
    public string Name => Parameter.Name + (Orientation == Kernels.Orientation.OutMajor && Parameter.Op is Parameter p && !p.IsTable ? "_T" : "");
}

/// <summary>Everything a target needs to print a model: planned graphs, schedules, offsets and kernels.</summary>
internal sealed record CompiledModel(ModelSpec Spec, ImmutableArray<PassResult> Passes)
{
    public required Graph.Graph Training { get; init; }

    public required Graph.Graph DecoderGraph { get; init; }

    public required MemoryPlan Plan { get; init; }

    public required MemoryPlan DecoderPlan { get; init; }

    public required Lowering Lowering { get; init; }

    /// <summary>Forward pass, the loss included.</summary>
    public required ImmutableArray<ScheduledCall> Forward { get; init; }

    /// <summary>Backward pass with the updates in it.</summary>
    public required ImmutableArray<ScheduledCall> Backward { get; init; }

    /// <summary>Backward pass that stores the gradients instead.</summary>
    public required ImmutableArray<ScheduledCall> Gradient { get; init; }

    /// <summary>One position.</summary>
    public required ImmutableArray<ScheduledCall> Decode { get; init; }

    /// <summary>All weights, in both orientations where both are used.</summary>
    public required ImmutableArray<PlacedWeight> Weights { get; init; }

    /// <summary>Gradients, one orientation each.</summary>
    public required ImmutableArray<PlacedWeight> Gradients { get; init; }

    /// <summary>All kernels, by name.</summary>
    public required ImmutableArray<KernelSpec> Kernels { get; init; }

    /// <summary>Floating-point operations of a training step (a row, a query-key pair).</summary>
    public required (long PerRow, long PerPair) Flops { get; init; }
}

/// <summary>The graph as a pass left it, for printing.</summary>
internal sealed record PassResult(string Name, Graph.Graph Graph);
