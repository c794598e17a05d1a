using System.Diagnostics;
using System.Reflection;

namespace MicroGpt.Core.Tests.Language;

/// <summary>What a debugger shows of a tensor, which it reads while <c>Forward</c> stands at a breakpoint.</summary>
public class DebuggerTests
{
    [Fact]
    public void A_line_and_a_table()
    {
        string line = "", table = "", parameter = "", tokens = "";
        double[][] rows = [];
        EagerModel model = Probe.Model(3, 3, (p, t) =>
        {
            Tensor x = (p.A[t] * 2).Named("x");
            line = Display(x);
            parameter = Display(p.W);
            tokens = Display(t);
            string proxy = typeof(Tensor).GetCustomAttribute<DebuggerTypeProxyAttribute>()!.ProxyTypeName.Split(',')[0];
            object view = Activator.CreateInstance(typeof(Tensor).Assembly.GetType(proxy)!, x)!;
            table = (string)view.GetType().GetProperty("Table")!.GetValue(view)!;
            rows = (double[][])view.GetType().GetProperty("Rows")!.GetValue(view)!;
            return x;
        });
        model.LoadParameters([.. Enumerable.Range(0, model.ParameterCount).Select(i => i / 8.0)]);
        model.Loss(new Batch([0, 1, 2], [1, 2, 3], [0, 3]));
        Assert.Equal("x [3 rows, 3]: 0, 0.25, 0.5, 0.75, 1, 1.25, ...", line);
        Assert.StartsWith("w [3, 3]: ", parameter, StringComparison.Ordinal);
        Assert.Equal("3 tokens: 0 1 2", tokens);
        Assert.Equal(
            "x [3 rows, 3]: 0 to 2, mean 1\n"
            + "          0       0.25        0.5\n"
            + "       0.75          1       1.25\n"
            + "        1.5       1.75          2",
            table);
        Assert.Equal([0.75, 1, 1.25], rows[1]);
    }

    [Fact]
    public void A_dump_is_cut_down_and_counts_what_is_not_finite()
    {
        EagerModel model = Probe.Model(12, 12, (p, t) => p.A[t]);
        model.LoadParameters([double.NaN, .. new double[model.ParameterCount - 1]]);
        Tensor logits = model.Logits(new Batch([0, 1, 2, 3, 4, 5, 6, 6, 6, 6, 6, 6, 6, 6], new int[14], [0, 8, 14]));
        string dump = logits.Dump();
        Assert.Contains(", 7 not finite", dump, StringComparison.Ordinal);
        Assert.EndsWith("\n... 2 more rows", dump, StringComparison.Ordinal);
        Assert.Equal(14 * Probe.Vocabulary, logits.ToArray().Length);
    }

    [Fact]
    public void A_parameter_without_numbers_says_so() => Assert.Equal("gain [3]: no numbers yet", Display(new Owner().Gain));

    private sealed class Owner
    {
        private readonly Parameter gain = Vector(3);

        public Parameter Gain => gain;
    }

    // As the attribute says: {DebuggerDisplay,nq}.
    private static string Display(object value)
    {
        Type type = value is Tensor ? typeof(Tensor) : value.GetType();
        Assert.Equal("{DebuggerDisplay,nq}", type.GetCustomAttribute<DebuggerDisplayAttribute>()!.Value);
        return (string)type.GetProperty("DebuggerDisplay", BindingFlags.NonPublic | BindingFlags.Instance)!.GetValue(value)!;
    }
}
