using System.Collections.Immutable;
using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using MicroGpt.Generator.Passes;
using MicroGpt.Generator.Spec;
using MicroGpt.Generator.Targets.Cpu.Kernels;
using MicroGpt.Generator.Targets.Cpu.Layout;

namespace MicroGpt.Generator.Targets.Cpu.Lowering;

/// <summary>When a call is made, where rows are worked on in pieces.</summary>
internal enum When
{
    /// <summary>Each time.</summary>
    Always,

    /// <summary>Where one piece has all rows.</summary>
    OnlyPiece,

    /// <summary>For the first of several pieces.</summary>
    FirstOfSeveral,

    /// <summary>For the first piece.</summary>
    FirstPiece,

    /// <summary>For each piece but the first.</summary>
    LaterPiece,

    /// <summary>After the pieces, where there were several.</summary>
    SeveralPieces,
}

/// <summary>One statement of a schedule: a node, the kernel that computes it and what that is called with.</summary>
internal sealed record ScheduledCall(Node Node, KernelCall Call)
{
    public When When { get; init; }
}

/// <summary>What is computed for a piece of the rows at a time.</summary>
/// <param name="Rows">Most rows of a piece.</param>
/// <param name="Forward">From the last products to the loss.</param>
/// <param name="Backward">From its gradient to those of the products, with the updates in it.</param>
/// <param name="Gradient">The same, storing the gradients instead.</param>
internal sealed record PieceSchedules(
    int Rows, ImmutableArray<ScheduledCall> Forward, ImmutableArray<ScheduledCall> Backward, ImmutableArray<ScheduledCall> Gradient)
{
    public IEnumerable<ScheduledCall> All => Forward.Concat(Backward).Concat(Gradient);
}

/// <summary>Everything a target needs to print a model: planned graphs, schedules, offsets and kernels.</summary>
internal sealed record CompiledModel(ModelSpec Spec, ImmutableArray<PassResult> Passes)
{
    public required Graph.Graph Training { get; init; }

    /// <summary>From the tokens to the logits, nothing fused.</summary>
    public required Graph.Graph ForwardGraph { get; init; }

    public required Graph.Graph DecoderGraph { get; init; }

    public required MemoryPlan Plan { get; init; }

    public required MemoryPlan DecoderPlan { get; init; }

    public required MemoryLayout Layout { get; init; }

    /// <summary>Forward pass, the loss included.</summary>
    public required ImmutableArray<ScheduledCall> Forward { get; init; }

    /// <summary>Backward pass with the updates in it.</summary>
    public required ImmutableArray<ScheduledCall> Backward { get; init; }

    /// <summary>Backward pass that stores the gradients instead.</summary>
    public required ImmutableArray<ScheduledCall> Gradient { get; init; }

    /// <summary>What is computed in pieces of the rows, between the forward and the backward pass; null where all go together.</summary>
    public PieceSchedules? Pieces { get; init; }

    /// <summary>One position.</summary>
    public required ImmutableArray<ScheduledCall> Decode { get; init; }

    /// <summary>All weights, in both orientations where both are used.</summary>
    public required ImmutableArray<PlacedWeight> Weights { get; init; }

    /// <summary>Gradients, one orientation each.</summary>
    public required ImmutableArray<PlacedWeight> Gradients { get; init; }

    /// <summary>Whether some parameters are vectors, which do not decay.</summary>
    public bool HasVectors => Gradients.Any(g => g.Parameter.Shape.Kind == ShapeKind.Vector);

    /// <summary>All kernels, by name.</summary>
    public required ImmutableArray<KernelSpec> Kernels { get; init; }

    /// <summary>The nodes that attend, in order: the layers of which weights can be looked at.</summary>
    public ImmutableArray<Node> Attentions => [.. Training.Nodes.Where(n => n.Op is Attention)];

    /// <summary>What kind of model it is, in words; empty where it has no name but the class's.</summary>
    public string Architecture { get; init; } = "";

    /// <summary>The construction, in C#, of the object that computes the same eagerly; empty where there is none.</summary>
    public string Construction { get; init; } = "";

    /// <summary>Channels of the embedding of a token; 0 where tokens are not embedded.</summary>
    public int Width =>
        ForwardGraph.Nodes.FirstOrDefault(n => n.Op is Embed && n.Inputs[1].Op is Input { Kind: InputKind.Tokens })?.Shape.Inner.Count ?? 0;

    /// <summary>The most heads that an attention has; 0 without attention.</summary>
    public int Heads => Attentions.Select(a => a.Inputs[0].Shape.Inner.Groups).DefaultIfEmpty(0).Max();

    /// <summary>What parameters start from, in canonical order; empty where all start from the model's normal distribution.</summary>
    public EquatableArray<ProgramParameter> Starts { get; init; }

    /// <summary>Whether a training step drops anything.</summary>
    public bool Drops => Training.Nodes.Any(n => n.Op is DropoutFactors);

    /// <summary>Whether a training step stores gradients.</summary>
    public bool UsesGradients =>
        Backward.Concat(Pieces?.Backward ?? []).Any(c => c.Call.Arguments.Any(a => a.Kind == ArgumentKind.Gradient));

    /// <summary>Floating-point operations of a training step (a row, a query-key pair).</summary>
    public required (long PerRow, long PerPair) Flops { get; init; }
}
