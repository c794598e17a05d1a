using System.Collections.Immutable;

namespace MicroGpt.Generator.Graph;

/// <summary>
/// One value of the computation: what makes it, from what, and its shape. Immutable; equal computations are one node.
/// </summary>
internal sealed class Node(int id, Op op, ImmutableArray<Node> inputs, Shape shape, Scope scope, string local)
{
    /// <summary>Place in its graph; inputs come before.</summary>
    public int Id { get; } = id;

    public Op Op { get; } = op;

    public ImmutableArray<Node> Inputs { get; } = inputs;

    public Shape Shape { get; } = shape;

    /// <summary>The part of the model it belongs to; gradients belong to the part of the value they are the gradient of.</summary>
    public Scope Scope { get; } = scope;

    /// <summary>Name within its scope, such as <c>q</c>.</summary>
    public string Local { get; } = local;

    /// <summary>Unique name in its graph, such as <c>layer0_q</c>.</summary>
    public string Name { get; } = scope.Prefix.Length == 0 ? local : scope.Prefix + "_" + local;

    public override string ToString() => Name;
}

/// <summary>A part of the model, for names, headings and the split into methods.</summary>
/// <param name="Name">Heading, such as <c>Layer0</c>; also part of a method's name.</param>
/// <param name="Prefix">Prefix of its nodes' names, such as <c>layer0</c>; may be empty.</param>
internal sealed record Scope(string Name, string Prefix);
