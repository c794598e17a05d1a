// Named everywhere: how a program becomes a graph.
global using static MicroGpt.Generator.Ops.ProgramGraphs;

using MicroGpt.Generator.Graph;

namespace MicroGpt.Generator.Ops;

/// <summary>Programs as graphs.</summary>
internal static class ProgramGraphs
{
    /// <summary>The forward pass as a graph, the loss after it.</summary>
    public static ForwardGraph ToGraph(this Program program)
    {
        var builder = new GraphBuilder();
        var nodes = new List<Node>();
        foreach (var operation in program.Operations)
        {
            nodes.Add(builder.Add(operation.Op, operation.Scope, operation.Local, [.. operation.Inputs.Select(i => nodes[i])]));
        }

        var targets = builder.Add(new Input(InputKind.Targets), new Scope("", ""), "targets", []);
        var logits = nodes[program.Logits];
        var loss = builder.Add(new CrossEntropy(), logits.Scope, "loss", [logits, targets]);
        var byName = nodes.Where(n => n.Op is Parameter).ToDictionary(n => ((Parameter)n.Op).Canonical, StringComparer.Ordinal);
        return new ForwardGraph(builder, [.. program.Parameters.Select(p => byName[p.Name])], logits, loss);
    }
}
