using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using MicroGpt.Generator.Passes;
using Xunit;

namespace MicroGpt.Generator.Tests.Ops;

/// <summary>Compares a training step before and after fusion in the interpreter.</summary>
internal static class FusionCheck
{
    private const double Tolerance = 1e-13;

    /// <summary>Fuses a training step: each of the given ops must appear, and no result may change.</summary>
    public static void AssertKeepsValues(SmallGraph small, Node loss, params Op[] fused) =>
        AssertKeepsValues(small, small.WithUpdates(loss), fused);

    /// <summary>The same for a given training step.</summary>
    public static void AssertKeepsValues(SmallGraph small, Graph.Graph step, params Op[] fused)
    {
        Graph.Graph before = Simplify.Run(step);
        Graph.Graph after = Fuse.Run(before);
        Verifier.Verify(after);
        foreach (Op op in fused)
        {
            Assert.DoesNotContain(before.Nodes, n => n.Op == op);
            Assert.True(after.Nodes.Any(n => n.Op == op), $"{small.Shape}: there is no {op}.\n{GraphPrinter.Print(after)}");
        }

        var expected = Interpreter.Evaluate(before, small.NewEvaluation());
        var actual = Interpreter.Evaluate(after, small.NewEvaluation());
        Assert.Equal(before.Outputs.Length, after.Outputs.Length);
        foreach (var (old, now) in before.Outputs.Zip(after.Outputs))
        {
            double[] e = expected[old][0], a = actual[now][0];
            Assert.Equal(e.Length, a.Length);
            for (int i = 0; i < e.Length; i++)
            {
                Assert.True(
                    Math.Abs(e[i] - a[i]) <= Tolerance * Math.Max(1, Math.Abs(e[i])),
                    FormattableString.Invariant($"{small.Shape}: {now.Name}[{i}] is {a[i]:R}, before fusion {e[i]:R}.\n{GraphPrinter.Print(after)}"));
            }
        }
    }
}
