using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using MicroGpt.Generator.Tests.Ops;
using Xunit;

namespace MicroGpt.Generator.Tests.Graphs;

public sealed class GraphBuilderTests
{
    [Fact]
    public void TheSameOpOnTheSameInputsIsOneNode()
    {
        SmallGraph small = ShapeErrors.NewGraph();
        Node x = small.Activation("x", 6), z = small.Activation("z", 6);
        Node y = small.Builder.Add(new Elementwise(ElementwiseFunctions.Relu), "y", x);
        int nodes = small.Builder.Nodes.Count;

        small.Builder.Scope = new Scope("Elsewhere", "elsewhere");
        Assert.Same(y, small.Builder.Add(new Elementwise(ElementwiseFunctions.Relu), "another_name", x));
        Assert.Equal(nodes, small.Builder.Nodes.Count);
        Assert.NotSame(y, small.Builder.Add(new Elementwise(ElementwiseFunctions.Relu), "y", z));
        Assert.NotSame(small.Builder.Add(new Elementwise(ElementwiseFunctions.Add), "sum", x, z), small.Builder.Add(
            new Elementwise(ElementwiseFunctions.Add), "sum", z, x));
        Assert.NotSame(
            small.Builder.Add(new Attention(3), "attention", x, x, x), small.Builder.Add(new Attention(4), "attention", x, x, x));
    }

    [Fact]
    public void NamesAreUnique()
    {
        var builder = new GraphBuilder();
        Node Constant(Scope scope, string local, double value) => builder.Add(new Constant(value), scope, local, []);
        Scope none = new("", ""), layer = new("Layer0", "layer0");
        string[] names =
        [
            .. new[]
            {
                Constant(none, "x", 1), Constant(none, "x", 2), Constant(none, "x_2", 3), Constant(none, "x", 4),
                Constant(layer, "x", 5), Constant(none, "layer0_x", 6), Constant(layer, "x", 7),
            }.Select(n => n.Name),
        ];

        Assert.Equal(names, names.Distinct());
        Assert.Equal(["x", "x_2"], names.Take(2));
        Assert.Equal("layer0_x", names[4]);
    }

    [Fact]
    public void InputsComeFirstAndIdsAreInOrder()
    {
        IReadOnlyList<Node> nodes = TestSpecs.Random(8).RunPasses().After("AppendUpdates").Nodes;
        Assert.Equal(Enumerable.Range(0, nodes.Count), nodes.Select(n => n.Id));
        Assert.All(nodes, n => Assert.All(n.Inputs, i => Assert.True(i.Id < n.Id)));
    }

    [Fact]
    public void ShapesAreEqualByTheirDimensions()
    {
        Assert.Equal(Shape.Tuple(Shape.Scalar, Shape.Rows(3)), Shape.Tuple(Shape.Scalar, Shape.Rows(3)));
        Assert.NotEqual(Shape.Tuple(Shape.Scalar, Shape.Rows(3)), Shape.Tuple(Shape.Scalar, Shape.Rows(4)));
        Assert.NotEqual(Shape.Rows(new Axis(2, 3)), Shape.Rows(6));
        Assert.NotEqual(Shape.Scalar, Shape.Indices);
        Assert.Equal(
            ["[]", "[rows]", "[rows, 2·3]", "[5, 2·3]", "[rows, 4, 2]", "([], [rows, 3])"],
            new[]
            {
                Shape.Scalar, Shape.Indices, Shape.Rows(new Axis(2, 3)), Shape.Matrix(5, new Axis(2, 3)), Shape.Attention(4, 2),
                Shape.Tuple(Shape.Scalar, Shape.Rows(3)),
            }.Select(s => s.ToString()));
    }
}
