using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using Xunit;

namespace MicroGpt.Generator.Tests.Ops;

[TestsOf(typeof(Scale))]
public sealed class ScaleTests
{
    [Theory]
    [ClassData(typeof(OpShapes))]
    public void GradientMatchesDifferences(OpShape shape)
    {
        var small = new SmallGraph(shape);
        Node factor = small.Builder.Add(new Constant(-0.7), "factor");
        Node y = small.Builder.Add(new Scale(), "y", small.Activation("x", shape.Channels), factor);
        GradientCheck.AssertMatchesDifferences(small, small.LossOf(y));
    }

    [Fact]
    public void RefusesAFactorThatIsNotAConstant()
    {
        SmallGraph small = ShapeErrors.NewGraph();
        Node x = small.Activation("x", 6);
        ShapeErrors.AssertRefused(small, new Scale(), "constant", x, x);
    }
}
