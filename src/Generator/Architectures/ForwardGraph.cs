using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using MicroGpt.Generator.Spec;

namespace MicroGpt.Generator.Architectures;

/// <summary>What an architecture hands to the compiler: a forward graph under construction and its landmarks.</summary>
/// <param name="Builder">All nodes so far.</param>
/// <param name="Parameters">In canonical order.</param>
/// <param name="Logits">[rows, vocabulary]</param>
/// <param name="Loss">The mean loss.</param>
internal sealed record ForwardGraph(GraphBuilder Builder, IReadOnlyList<Node> Parameters, Node Logits, Node Loss)
{
    public static ForwardGraph Build(ModelSpec spec) => spec.Architecture switch
    {
        Architecture.Gpt => Gpt.Build(spec),
        Architecture.Mlp => Mlp.Build(spec),
        _ => throw new GraphException($"unknown architecture {spec.Architecture}"),
    };
}

/// <summary>The integers of a batch, one of each a row.</summary>
internal sealed class ForwardInputs(GraphBuilder g)
{
    public Node Tokens { get; } = g.Add(new Input(InputKind.Tokens), "tokens");

    public Node Positions { get; } = g.Add(new Input(InputKind.Positions), "positions");

    public Node Targets { get; } = g.Add(new Input(InputKind.Targets), "targets");
}
