using MicroGpt.Generator.Collections;
using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using MicroGpt.Generator.Passes;
using MicroGpt.Generator.Targets.Cpu;
using Xunit;

namespace MicroGpt.Generator.Tests.Ops;

/// <summary>Compares a training step before and after fusion in the interpreter.</summary>
internal static class FusionCheck
{
    private const double Tolerance = 1e-13;

    /// <summary>A function of a product, and of one more value where it takes two.</summary>
    public static RowProgram Epilogue(SmallGraph small, int channels, ElementwiseFunction function)
    {
        var product = Shape.Rows(channels);
        RowStep[] inputs = [.. Enumerable.Range(0, function.Arity).Select(i => new RowStep(new RowInput(i), default, product))];
        return new RowProgram(
            inputs.Append(new RowStep(new Elementwise(function), Enumerable.Range(0, function.Arity).ToEquatableArray(), product))
                .ToEquatableArray(),
            new[] { inputs.Length }.ToEquatableArray())
        {
            Names = Enumerable.Range(0, inputs.Length + 1).Select(i => $"{small.Shape}{i}").ToEquatableArray(),
        };
    }

    /// <summary>Fuses a training step: each of the given ops must appear, and no result may change.</summary>
    public static void AssertKeepsValues(SmallGraph small, Node loss, params object[] fused) =>
        AssertKeepsValues(small, small.WithUpdates(loss), fused);

    /// <summary>The same for a given training step.</summary>
    public static void AssertKeepsValues(SmallGraph small, Graph.Graph step, params object[] fused)
    {
        Graph.Graph before = Simplify.Run(step);
        var target = new CpuTarget(Spec.Precision.Double);
        Graph.Graph after = Epilogues.Absorb(FuseRows.Run(Fuse.Run(before, target), target), target);
        Verifier.Verify(after);
        foreach (string? op in fused.Select(f => f.ToString()))
        {
            Assert.DoesNotContain(before.Nodes, n => n.Op.ToString() == op);
            Assert.True(after.Nodes.Any(n => n.Op.ToString() == op), $"{small.Shape}: there is no {op}.\n{GraphPrinter.Print(after)}");
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
                    FormattableString.Invariant(
                        $"{small.Shape}: {now.Name}[{i}] is {a[i]:R}, before fusion {e[i]:R}.\n{GraphPrinter.Print(after)}"));
            }
        }
    }
}
