namespace MicroGpt.Core.Tests.Language;

/// <summary>Where a function has a kink, its gradient is PyTorch's.</summary>
public class TieTests
{
    // The token's row is the operand, and the gradient that arrives at the function's result is known: the loss of two logits that are
    // y and 0 has the derivative σ(y) - 1 where the first is right.
    private sealed class Kink(Func<Tensor, Tensor> function, int channels)
    {
        private readonly Parameter x = Matrix(2, channels);

        public Tensor Forward(Tokens tokens)
        {
            Tensor y = function(x[tokens]);
            return Concat(y, 0 * Detach(y));
        }
    }

    private static double[] Gradient(Func<Tensor, Tensor> function, params double[] x)
    {
        var model = new EagerModel(() => new Kink(function, x.Length).Forward, 2, 0);
        model.LoadParameters([.. x, .. new double[x.Length]]);
        double y = 0;
        double[] gradient = new double[2 * x.Length];
        double loss = model.Gradient(new Batch([0], [0], [0, 1]), gradient);
        y = -Math.Log(Math.Exp(loss) - 1);
        return [.. gradient.Take(x.Length).Select(g => Math.Round(g / ((1 / (1 + Math.Exp(-y))) - 1), 12))];
    }

    [Fact]
    public void Relu_and_Abs_have_none_at_0()
    {
        Assert.Equal([0.0], Gradient(x => Relu(x), 0));
        Assert.Equal([0.0], Gradient(x => Abs(x), 0));
    }

    [Fact]
    public void Max_and_Min_give_half_to_each()
    {
        Assert.Equal([0.5, 0.5], Gradient(x => Max(x[..1], x[1..]), 0.3, 0.3));
        Assert.Equal([0.5, 0.5], Gradient(x => Min(x[..1], x[1..]), 0.3, 0.3));
        Assert.Equal([0.5], Gradient(x => Max(x, 0.3), 0.3));
        Assert.Equal([0.5], Gradient(x => Min(0.3, x), 0.3));
        Assert.Equal([0.0, 1.0], Gradient(x => Max(x[..1], x[1..]), 0.2, 0.3));
    }

    [Fact]
    public void Largest_is_shared_evenly() =>
        Assert.Equal([0.0, 0.5, 0.5], Gradient(x => Largest(x), -1, 0.25, 0.25));

    [Fact]
    public void Clamp_has_1_on_its_bounds()
    {
        Assert.Equal([1.0], Gradient(x => Clamp(x, -0.5, 0.25), 0.25));
        Assert.Equal([1.0], Gradient(x => Clamp(x, -0.5, 0.25), -0.5));
        Assert.Equal([0.0], Gradient(x => Clamp(x, -0.5, 0.25), 0.26));
    }

    [Fact]
    public void Nothing_flows_through_Detach() =>
        Assert.Equal([2.0], Gradient(x => x * Detach(x), 2));
}
