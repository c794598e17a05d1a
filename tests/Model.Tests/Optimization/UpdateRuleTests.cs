using Xunit;

namespace MicroGpt.Model.Tests.Optimization;

public class UpdateRuleTests
{
    [Fact]
    public void TheConstantsAreTheCoursesByDefault()
    {
        UpdateRule adam = UpdateRule.For(Optimizer.Adam);
        Assert.Equal(UpdateKind.Adam, adam.Kind);
        Assert.Equal((0.85, 0.99, 1e-8), (adam.Beta1, adam.Beta2, adam.Epsilon));
        Assert.All(Enum.GetValues<Optimizer>(), optimizer => Assert.Equal(optimizer.ToString(), UpdateRule.For(optimizer).Kind.ToString()));
        Assert.Equal(0.9, UpdateRule.Momentum.MomentumFactor);
        Assert.Equal(0.01, UpdateRule.AdamW.WeightDecay);
        Assert.Null(UpdateRule.AdamW.ClipNorm);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(-0.1)]
    public void ConstantsThatMakeNoSenseAreRefused(double bad)
    {
        Refuses(nameof(UpdateRule.MomentumFactor), () => UpdateRule.Momentum with { MomentumFactor = bad });
        Refuses(nameof(UpdateRule.Beta1), () => UpdateRule.Adam with { Beta1 = bad });
        Refuses(nameof(UpdateRule.Beta2), () => UpdateRule.Adam with { Beta2 = bad });
        Refuses(nameof(UpdateRule.Epsilon), () => UpdateRule.Adam with { Epsilon = bad });
        Refuses(nameof(UpdateRule.WeightDecay), () => UpdateRule.AdamW with { WeightDecay = bad });
        Refuses(nameof(UpdateRule.ClipNorm), () => UpdateRule.Sgd with { ClipNorm = bad });
    }

    [Fact]
    public void TheBoundsThemselvesAreRefusedWhereTheRuleWouldNotWork()
    {
        Refuses(nameof(UpdateRule.MomentumFactor), () => UpdateRule.Momentum with { MomentumFactor = 1 });
        Refuses(nameof(UpdateRule.Beta1), () => UpdateRule.Adam with { Beta1 = 1 });
        Refuses(nameof(UpdateRule.Beta2), () => UpdateRule.Adam with { Beta2 = 1 });
        Refuses(nameof(UpdateRule.Epsilon), () => UpdateRule.Adam with { Epsilon = 0 });
        Refuses(nameof(UpdateRule.ClipNorm), () => UpdateRule.Sgd with { ClipNorm = 0 });
        Refuses(nameof(UpdateRule.Kind), () => UpdateRule.Sgd with { Kind = (UpdateKind)17 });
        Refuses("vectorBits", () => new GradientOptimizer(UpdateRule.Sgd, 64));
    }

    private static void Refuses(string name, Func<object> make) =>
        Assert.Equal(name, Assert.Throws<ArgumentOutOfRangeException>(make).ParamName);
}
