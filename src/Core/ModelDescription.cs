namespace MicroGpt;

/// <summary>The constants of a compiled model.</summary>
public sealed record ModelDescription
{
    /// <summary>Name of the spec class; unique in its assembly whatever the case.</summary>
    public required string Name { get; init; }

    /// <summary>"GPT", "MLP", the class that a model inherits its forward pass from, or "own architecture".</summary>
    public required string Architecture { get; init; }

    /// <summary>Number of tokens, BOS included.</summary>
    public required int VocabSize { get; init; }

    /// <summary>Largest number of positions of one document; null where there is no limit.</summary>
    public required int? BlockSize { get; init; }

    /// <summary>Width of the embedding of tokens; 0 where there is none.</summary>
    public required int NEmbd { get; init; }

    /// <summary>Attention heads a layer, the most that one has; 0 for an architecture without attention.</summary>
    public required int NHead { get; init; }

    /// <summary>Transformer layers; 0 for an architecture without them.</summary>
    public required int NLayer { get; init; }

    /// <summary>Floating-point type of parameters and activations.</summary>
    public required Precision Precision { get; init; }

    /// <summary>Update rule compiled into the training step.</summary>
    public required Optimizer Optimizer { get; init; }

    /// <summary>Standard deviation of the initial parameters.</summary>
    public required double InitStd { get; init; }

    /// <summary>Parameter matrices in canonical order, which is also the order in which they are initialised.</summary>
    public required IReadOnlyList<ParameterInfo> Parameters { get; init; }

    /// <summary>Floating-point operations of a training step that grow with the number of rows (per row).</summary>
    public required long FlopsPerRow { get; init; }

    /// <summary>Floating-point operations of a training step a (query, key) pair that attention looks at.</summary>
    public required long FlopsPerPair { get; init; }

    /// <summary>What a compiled model has room for; null for one that is not compiled.</summary>
    public ModelMemory? Memory { get; init; }

    /// <summary>The forward pass, and what a training step computes, as data; nothing for a model without a graph.</summary>
    public ModelGraphs Graphs { get; init; } = ModelGraphs.None;

    /// <summary>The file that the model's class stands in, relative to its project's folder; empty where that is not known.</summary>
    public string SourceFile { get; init; } = "";

    /// <summary>
    /// Makes an instance of the class that holds the forward pass and gives its <c>Forward</c>, as <see cref="EagerModel"/> wants it;
    /// null where there is none.
    /// </summary>
    public Func<Func<Tokens, Tensor>>? EagerForward { get; init; }

    /// <summary>
    /// Heads of each layer with attention, in the order of the forward pass, from its graph; without one, <see cref="NHead"/> in each of
    /// <see cref="NLayer"/>. A forward pass of one's own may give each layer another number.
    /// </summary>
    public IReadOnlyList<int> HeadsOfLayers
    {
        get
        {
            int[] found = [.. Graphs.Forward.Nodes.Where(node => node.Op == "Attention")
                .Select(node => (int)(node.Number("heads") ?? NHead))];
            return found.Length > 0 ? found : [.. Enumerable.Repeat(NHead, NLayer)];
        }
    }

    /// <summary>Elements of the largest parameter.</summary>
    public int LargestParameter => Parameters.Count == 0 ? 0 : Parameters.Max(parameter => parameter.Count);

    /// <summary>Total number of parameters.</summary>
    public int ParameterCount => Parameters.Count == 0 ? 0 : Parameters[^1].Offset + Parameters[^1].Count;
}

/// <summary>One parameter, a matrix or a vector, in a model's canonical parameter vector.</summary>
/// <param name="Name">Name as in the reference's state dict: <c>wte</c>, <c>lm_head</c>, <c>layer0.attn_wq</c>, ...</param>
/// <param name="Rows">Rows: outputs of a linear layer, entries of an embedding table.</param>
/// <param name="Columns">Columns: inputs of a linear layer, channels of an embedding table.</param>
/// <param name="Offset">Index of its first element in the canonical parameter vector.</param>
public sealed record ParameterInfo(string Name, int Rows, int Columns, int Offset)
{
    /// <summary>Whether it is a vector [columns], of a single row, and not a matrix.</summary>
    public bool IsVector { get; init; }

    /// <summary>What its elements start at, or around.</summary>
    public double Mean { get; init; }

    /// <summary>
    /// Standard deviation of the normal distribution that it starts from, around <see cref="Mean"/>; 0 where nothing is drawn, null
    /// for the model's <see cref="ModelDescription.InitStd"/>.
    /// </summary>
    public double? Std { get; init; }

    /// <summary>Number of elements.</summary>
    public int Count => Rows * Columns;
}

/// <summary>One compiled model of an assembly's registry: its constants, and how to make an instance.</summary>
/// <param name="Description">The model's constants.</param>
/// <param name="Create">Makes an instance whose batches hold at most the given number of rows; 0 means the default.</param>
public sealed record ModelEntry(ModelDescription Description, Func<int, ICompiledModel> Create)
{
    /// <summary>Name of the spec class.</summary>
    public string Name => Description.Name;

    /// <summary>
    /// Makes the same model to be run eagerly, without parameters; null where there is no text of its forward pass to run.
    /// </summary>
    public EagerModel? CreateEager() => Description.EagerForward is { } construct ? new EagerModel(construct, Description) : null;
}
