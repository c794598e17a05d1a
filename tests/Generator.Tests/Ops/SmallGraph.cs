namespace MicroGpt.Generator.Tests.Ops;

using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using MicroGpt.Generator.Passes;

/// <summary>
/// A graph of a few nodes around the op under test, with random values for its parameters and inputs. Activations come from
/// a table of which each row is read once, so the gradient of the table is that of the activation.
/// </summary>
internal sealed class SmallGraph
{
    private readonly List<Node> _parameters = [];
    private readonly Dictionary<string, double[]> _values = [];
    private readonly Random _random = new(11);
    private readonly int[] _tokens;
    private readonly int[] _targets;

    public SmallGraph(OpShape shape)
    {
        Shape = shape;
        _tokens = [.. Enumerable.Range(0, shape.Rows)];
        _random.Shuffle(_tokens);
        _targets = [.. Enumerable.Range(0, shape.Rows).Select(_ => _random.Next(shape.Outputs))];
        Tokens = Builder.Add(new Input(InputKind.Tokens), "tokens");
        Positions = Builder.Add(new Input(InputKind.Positions), "positions");
        Targets = Builder.Add(new Input(InputKind.Targets), "targets");
    }

    public OpShape Shape { get; }

    /// <summary>What dropout draws from; null where nothing is dropped.</summary>
    public DropoutDraw? Dropout { get; init; }

    public GraphBuilder Builder { get; } = new();

    public Node Tokens { get; }

    public Node Positions { get; }

    public Node Targets { get; }

    public IReadOnlyList<Node> Parameters => _parameters;

    /// <summary>A parameter with random values.</summary>
    public Node Parameter(string name, Axis outer, Axis inner, bool isTable = false) =>
        Parameter(new Parameter(name, Generator.Graph.Shape.Matrix(outer, inner)), isTable ? 1 : 1 / Math.Sqrt(inner.Count));

    /// <summary>A vector with random values.</summary>
    public Node Vector(string name, Axis channels) => Parameter(new Parameter(name, Generator.Graph.Shape.Vector(channels)), 1);

    /// <summary>An activation whose every element is free.</summary>
    public Node Activation(string name, Axis channels) =>
        Builder.Add(new Embed(), name, Parameter(name + "_table", Shape.Rows, channels, isTable: true), Tokens);

    /// <summary>A product with a weight of its own.</summary>
    public Node Linear(string name, Node x, Axis outputs) =>
        Builder.Add(new Linear(), name, x, Parameter(name + "_weight", outputs, x.Shape.Inner));

    /// <summary>A loss in which every channel of an activation, or of a vector, has a say of its own.</summary>
    public Node LossOf(Node y) => y.Shape.Kind == ShapeKind.Vector ? LossOf(Builder.Add(new RepeatRows(), "rows_of_" + y.Local, y))
        : Builder.Add(new CrossEntropy(), "loss", Linear("logits", y, Shape.Outputs), Targets);

    /// <summary>The nodes so far.</summary>
    public Graph Forward(Node loss) => new([.. Builder.Nodes], [loss])
    {
        Parameters = [.. _parameters],
        Loss = loss,
        ForwardCount = Builder.Nodes.Count,
    };

    /// <summary>Forward and backward; the outputs are the loss and the gradient of each parameter.</summary>
    public Graph WithGradients(Node loss)
    {
        Graph forward = Forward(loss);
        var gradients = Differentiate.Run(Builder, _parameters, loss);
        return forward with { Nodes = [.. Builder.Nodes], Outputs = [loss, .. gradients.Select(g => g.Gradient)] };
    }

    /// <summary>A whole training step before any rewriting; the outputs are the loss and each updated parameter.</summary>
    public Graph WithUpdates(Node loss, Spec.Optimizer optimizer = Spec.Optimizer.Sgd)
    {
        Graph forward = Forward(loss);
        var updates = AppendUpdates.Run(Builder, Differentiate.Run(Builder, _parameters, loss), optimizer);
        return forward with { Nodes = [.. Builder.Nodes], Outputs = [loss, .. updates] };
    }

    /// <summary>What to evaluate a graph on. The arrays of values are the same in every evaluation.</summary>
    public Evaluation NewEvaluation() => new(_tokens, _targets, Shape.Starts, 0.1, _values) { Dropout = Dropout };

    private Node Parameter(Parameter op, double spread)
    {
        Node parameter = Builder.Add(op, op.Canonical);
        _parameters.Add(parameter);
        _values.Add(op.Canonical, [.. Enumerable.Range(0, (int)op.Shape.Elements).Select(_ => spread * Normal())]);
        return parameter;
    }

    private double Normal() => Math.Sqrt(-2 * Math.Log(1 - _random.NextDouble())) * Math.Cos(2 * Math.PI * _random.NextDouble());
}
