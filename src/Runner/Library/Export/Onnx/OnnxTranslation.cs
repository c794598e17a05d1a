namespace MicroGpt.Runner.Export.Onnx;

/// <summary>A forward pass on its way to operators of ONNX.</summary>
internal sealed class OnnxTranslation
{
    /// <summary>Name of the input: the tokens of one document.</summary>
    public const string Tokens = "tokens";

    /// <summary>Name of the output.</summary>
    public const string Logits = "logits";

    private readonly ModelGraph graph;
    private readonly ModelDescription model;
    private readonly ReadOnlyMemory<double> parameters;
    private readonly OnnxValue[] values;

    private OnnxTranslation(ModelDescription model, ReadOnlyMemory<double> parameters)
    {
        this.model = model;
        this.parameters = parameters;
        graph = model.Graphs.Forward;
        values = new OnnxValue[graph.Nodes.Count];
        Onnx.Take(Tokens);
        Onnx.Take(Logits);
    }

    /// <summary>What it becomes.</summary>
    public OnnxGraph Onnx { get; } = new();

    /// <summary>Number of tokens, as a list of one number.</summary>
    public string Length => Onnx.Once("length", () => Onnx.Add("length", "Shape", [Tokens]));

    /// <summary>0, 1, 2, ...: the place of each token.</summary>
    public string Positions => Onnx.Once("positions", () =>
    {
        string count = Onnx.Add("count", "Squeeze", [Length, Onnx.Integers(0)]);
        return Onnx.Add("positions", "Range", [Onnx.Integer(0), count, Onnx.Integer(1)]);
    });

    /// <summary>Translates a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="parameters">Its parameters, in canonical form.</param>
    /// <exception cref="RunnerException">The model has no graph, or one with an operation that is not known here.</exception>
    public static OnnxGraph Run(ModelDescription model, ReadOnlyMemory<double> parameters)
    {
        var translation = new OnnxTranslation(model, parameters);
        translation.Run();
        return translation.Onnx;
    }

    /// <summary>An input of a node, as it is.</summary>
    public OnnxValue Input(GraphNode node, int index) => values[node.Inputs[index]];

    /// <summary>The shape of an input of a node.</summary>
    public GraphShape InputShape(GraphNode node, int index) => graph.Nodes[node.Inputs[index]].Shape;

    /// <summary>An input of a node with all its dimensions: nothing repeats any more.</summary>
    public string Whole(GraphNode node, int index) => Whole(Input(node, index), InputShape(node, index));

    /// <summary>An input of a node as [rows, channels], or [channels] of a vector: without groups.</summary>
    public string Flat(GraphNode node, int index)
    {
        GraphShape shape = InputShape(node, index);
        string whole = Whole(node, index);
        return shape.Inner.Groups == 1 ? whole : Reshape(whole, shape, shape.Inner.Count);
    }

    /// <summary>An input of a node as [rows, groups, size], even where there is one group.</summary>
    public string Grouped(GraphNode node, int index)
    {
        GraphShape shape = InputShape(node, index);
        string whole = Whole(node, index);
        return shape.Inner.Groups > 1 ? whole : Reshape(whole, shape, 1, shape.Inner.Size);
    }

    /// <summary>The numbers of a parameter, [rows, columns] or [columns].</summary>
    /// <param name="name">Its canonical name.</param>
    public string Parameter(string name)
    {
        ParameterInfo parameter = model.Parameters.First(known => known.Name == name);
        float[] numbers = new float[parameter.Count];
        ReadOnlySpan<double> source = parameters.Span.Slice(parameter.Offset, parameter.Count);
        for (int i = 0; i < numbers.Length; i++)
        {
            numbers[i] = (float)source[i];
        }

        return Onnx.AddTensor(name, parameter.IsVector ? [parameter.Columns] : [parameter.Rows, parameter.Columns], numbers);
    }

    /// <summary>The same numbers in other dimensions behind the rows, where there are rows.</summary>
    public string Reshape(string value, GraphShape shape, params long[] dimensions) =>
        Onnx.Add(value + "_shaped", "Reshape", [value, Onnx.Integers(shape.Kind == GraphShapeKind.Rows ? [0, .. dimensions] : dimensions)]);

    private void Run()
    {
        if (graph.Outputs.Count != 1)
        {
            throw RunnerException.Usage($"{model.Name} has no graph of its forward pass, so it cannot be exported as ONNX.");
        }

        for (int i = 0; i < values.Length; i++)
        {
            values[i] = OnnxOperations.Translate(this, graph.Nodes[i]) ?? throw RunnerException.Failure(
                $"{model.Name} cannot be exported as ONNX: there is no translation of {graph.Nodes[i].Op}.");
        }

        GraphNode logits = graph.Nodes[graph.Outputs[0]];
        string whole = Whole(values[graph.Outputs[0]], logits.Shape);
        Onnx.AddNamed(Logits, "Identity", [whole]);
    }

    private string Whole(OnnxValue value, GraphShape shape)
    {
        OnnxValue whole = OnnxValue.Whole(value.Name, shape);
        if (value == whole)
        {
            return value.Name;
        }

        long[] dimensions = whole.Groups == 0 ? [whole.Size] : [whole.Groups, whole.Size];
        string target = !whole.HasRows ? Onnx.Integers(dimensions)
            : value.HasRows ? Onnx.Integers([1, .. dimensions])
            : Onnx.Once(
                "shape_" + string.Join("_", dimensions),
                () => Onnx.Add("shape", "Concat", [Length, Onnx.Integers(dimensions)], OnnxMessages.Attribute("axis", 0)));
        return Onnx.Add(value.Name + "_repeated", "Expand", [value.Name, target]);
    }
}
