namespace MicroGpt.Runner.Planning;

/// <summary>What the costs of a step depend on.</summary>
/// <param name="model">The model.</param>
/// <param name="rule">The update rule.</param>
internal sealed class ModelSize(ModelDescription model, UpdateRule rule)
{
    /// <summary>Positions of an item of a model that has no block size.</summary>
    private const int PositionsWithoutBlock = 16;

    private readonly ModelMemory memory = model.Memory ?? new(model.ParameterCount, model.ParameterCount, 0, 0);

    /// <summary>Positions of an item, at most.</summary>
    public int Positions => model.BlockSize ?? PositionsWithoutBlock;

    /// <summary>Bytes of a number.</summary>
    public int Element => model.Precision == Precision.Single ? sizeof(float) : sizeof(double);

    /// <summary>The update rule.</summary>
    public UpdateKind Rule => rule.Kind;

    /// <summary>Numbers that the rule keeps of a weight.</summary>
    public int State => rule.Kind switch
    {
        UpdateKind.Sgd => 0,
        UpdateKind.Momentum => 1,
        _ => 2,
    };

    /// <summary>Whether all ranks learn the norm of the gradient.</summary>
    public bool Clips => rule.ClipNorm is not null;

    /// <summary>Bytes of a gradient.</summary>
    public double Gradient => (double)memory.Gradients * Element;

    /// <summary>
    /// The share of the gradient that is complete before the backward pass ends: all but the tables that rows are looked up in, which it
    /// comes to last. 0 for a model without a graph.
    /// </summary>
    public double Early
    {
        get
        {
            ModelGraph forward = model.Graphs.Forward;
            string?[] tables = [.. forward.Nodes.Where(node => node.Op == "Embed")
                .Select(node => forward.Nodes[node.Inputs[0]].Text("parameter")).Distinct()];
            long late = model.Parameters.Where(parameter => tables.Contains(parameter.Name)).Sum(parameter => (long)parameter.Count);
            return forward.Nodes.Count == 0 ? 0 : 1 - ((double)late / model.ParameterCount);
        }
    }

    /// <summary>Operations of a training step a position, in an item of so many.</summary>
    public double OperationsPerRow(double positions) => model.FlopsPerRow + (model.FlopsPerPair * (positions + 1) / 2.0);

    /// <summary>
    /// Bytes of a model that trains on so many positions at once, with its gradient, and of the largest parameter, loaded in double.
    /// </summary>
    public double Model(long rows)
    {
        double elements = memory.Weights + memory.Gradients + memory.Activations(rows) + memory.Decoder;
        return (Element * elements) + (sizeof(double) * (double)model.Parameters.Max(parameter => parameter.Count));
    }

    /// <summary>Buffers in which a rank adds up so many shards.</summary>
    public static double Sums(int shards) => shards <= 1 ? 1 : Math.Ceiling(Math.Log2(shards)) + 1;
}
