using System.Collections.Immutable;

namespace MicroGpt.Generator.Graph;

/// <summary>
/// One operation, all its mathematics in one place: the shape rule, the reference evaluation, the gradient, and the sentence
/// that describes it. Which kernel computes it is a target's affair. Equal records are equal ops.
/// </summary>
internal abstract record Op
{
    /// <summary>Name in the printed graph.</summary>
    public abstract string Name { get; }

    /// <summary>The result's shape.</summary>
    /// <exception cref="GraphException">Inputs of these shapes do not fit.</exception>
    public abstract Shape Infer(ImmutableArray<Node> inputs);

    /// <summary>Reference evaluation in double; one array a result.</summary>
    public abstract ImmutableArray<double[]> Evaluate(Evaluation run, Node node, ImmutableArray<double[]> inputs);

    /// <summary>
    /// The vector-Jacobian product: for each input, the gradient with respect to it given the gradients of the results (null
    /// for a result that the loss does not depend on), or null where the op is not differentiable in that input.
    /// </summary>
    public virtual ImmutableArray<Node?> Gradient(GradientBuilder g, Node node, ImmutableArray<Node?> gradients) =>
        throw new GraphException($"{Name} has no gradient");

    /// <summary>One line: the formula in terms of the node's and its inputs' names.</summary>
    public abstract string Describe(Node node);

    /// <summary>Multiply-add work, two operations each, as (a row, a query-key pair).</summary>
    public virtual (long PerRow, long PerPair) Flops(Node node) => (0, 0);

    /// <summary>True for an op that overwrites its first input, a parameter.</summary>
    public virtual bool UpdatesFirstInput => false;

    /// <summary>Index of an input that the result may overwrite in memory, element by element; -1 for none.</summary>
    public virtual int InPlaceInput => -1;

    /// <summary>The same for one of several results.</summary>
    public virtual int InPlaceInputOf(int part) => InPlaceInput;

    public sealed override string ToString() => Name + Attributes;

    /// <summary>What the node's op has to know besides its inputs, for whoever reads the graph as data.</summary>
    public virtual ImmutableArray<OpAttribute> Data(Node node) => [];

    /// <summary>Attributes in the printed graph, such as <c>&lt;heads 4&gt;</c>.</summary>
    protected virtual string Attributes => "";

    protected static void Require(bool condition, string problem)
    {
        if (!condition)
        {
            throw new GraphException(problem);
        }
    }
}
