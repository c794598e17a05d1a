using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using Xunit;

namespace MicroGpt.Generator.Tests.Ops;

[TestsOf(typeof(PieceOf), typeof(Gathered))]
public sealed class RowPiecesTests
{
    [Fact]
    public void AreTheValuesThemselves()
    {
        var g = new GraphBuilder();
        Node x = g.Add(new Input(InputKind.Tokens), "tokens");
        Node table = g.Add(new Generator.Graph.Parameter("table", Shape.Matrix(2, 3)), "table");
        Node rows = g.Add(new Embed(), "taken", table, x);
        Node piece = g.Add(new PieceOf(), "piece", rows);
        Node whole = g.Add(new Gathered(), "whole", piece);
        var values = Interpreter.Evaluate(
            new Generator.Graph.Graph([.. g.Nodes], [whole]),
            new Evaluation([1, 0], [0, 0], [0, 2], 0, new Dictionary<string, double[]> { ["table"] = [1, 2, 3, 4, 5, 6] }));
        Assert.Equal([4, 5, 6, 1, 2, 3], values[whole][0]);
        Assert.Equal(rows.Shape, whole.Shape);
        Assert.Equal("piece = taken, a piece of the rows: [rows, 3]", piece.Op.Describe(piece));
        Assert.Equal("whole = piece, put where the piece's rows belong: [rows, 3]", whole.Op.Describe(whole));
    }

    [Fact]
    public void WeightsHaveNoRows()
    {
        var g = new GraphBuilder();
        Node table = g.Add(new Generator.Graph.Parameter("table", Shape.Matrix(2, 3)), "table");
        Assert.Throws<GraphException>(() => g.Add(new PieceOf(), "piece", table));
        Assert.Throws<GraphException>(() => g.Add(new Gathered(), "whole", table));
    }
}
