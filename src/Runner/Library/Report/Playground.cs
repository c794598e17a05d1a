using System.Globalization;
using System.Runtime.InteropServices;
using MicroGpt.Runner.Data;

namespace MicroGpt.Runner.Report;

/// <summary>A trained model that the page runs itself: its forward graph, its weights, its tokens.</summary>
/// <param name="Nodes">The forward graph; a node comes after its inputs.</param>
/// <param name="Logits">Index of the node whose value are the logits.</param>
/// <param name="Weights">All parameters in canonical order as 32-bit floating-point numbers, little-endian, in Base64.</param>
/// <param name="Tokens">What the tokens stand for.</param>
public sealed record Playground(IReadOnlyList<PlaygroundNode> Nodes, int Logits, string Weights, PlaygroundTokens Tokens)
{
    /// <summary>The most parameters that the models of one page may have together to be carried along: 4 MB, 5.3 MB in Base64.</summary>
    public const int MostParameters = 1_000_000;

    /// <summary>Most positions of a document; null where there is no limit.</summary>
    public int? BlockSize { get; init; }

    /// <summary>Number of parameters.</summary>
    public int ParameterCount { get; init; }

    /// <summary>The playground of a model, or null and the reason why it has none (empty for a model without a graph).</summary>
    public static (Playground? Playground, string Reason) Of(ICompiledModel model, Tokenizer tokenizer)
    {
        ModelDescription description = model.Description;
        ModelGraph graph = description.Graphs.Forward;
        if (graph.Nodes.Count == 0)
        {
            return (null, "");
        }

        if (tokenizer.Kind is not (TokenizerKind.Characters or TokenizerKind.Bytes))
        {
            return (null, "The page can run models of characters and of bytes only.");
        }

        if (description.ParameterCount > MostParameters)
        {
            return (null, TooLarge(description.ParameterCount, "this model"));
        }

        double[] parameters = new double[description.ParameterCount];
        model.CopyParametersTo(parameters);
        float[] weights = Array.ConvertAll(parameters, value => (float)value);
        var playground = new Playground(
            [.. graph.Nodes.Select(PlaygroundNode.Of)],
            graph.Outputs[0],
            Convert.ToBase64String(MemoryMarshal.AsBytes(weights.AsSpan())),
            PlaygroundTokens.Of(tokenizer))
        {
            BlockSize = description.BlockSize,
            ParameterCount = description.ParameterCount,
        };
        return (playground, "");
    }

    /// <summary>Models whose weights fit a page together, in their order; those that do not say so.</summary>
    public static IEnumerable<ModelReport> Fit(IEnumerable<ModelReport> models)
    {
        int left = MostParameters;
        foreach (ModelReport model in models)
        {
            int count = model.Playground?.ParameterCount ?? 0;
            yield return count <= left
                ? model
                : model with { Playground = null, PlaygroundNote = TooLarge(count, "this model, beside those before it,") };
            left -= count <= left ? count : 0;
        }
    }

    private static string TooLarge(int count, string what) => string.Create(
        CultureInfo.InvariantCulture,
        $"A page carries the weights of small models, of up to {MostParameters:N0} parameters together; {what} has {count:N0}.");
}

/// <summary>One operation of the forward graph.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Op">The operation, such as <c>Linear</c>; the page has a function of the same name.</param>
/// <param name="Inputs">Indices of the nodes that it reads.</param>
/// <param name="Kind">Kind of its value: <c>Rows</c>, <c>Matrix</c>, ...</param>
/// <param name="Outer">Rows of a matrix; 0 for other values.</param>
/// <param name="Groups">Groups of its channels.</param>
/// <param name="Size">Channels of a group.</param>
/// <param name="Attributes">What it has to know besides; numbers with all their digits.</param>
public sealed record PlaygroundNode(
    string Name, string Op, IReadOnlyList<int> Inputs, string Kind, int Outer, int Groups, int Size,
    IReadOnlyDictionary<string, string> Attributes)
{
    internal static PlaygroundNode Of(GraphNode node)
    {
        // One number, such as a token or a constant, is one channel.
        bool isNumber = node.Shape.Kind is GraphShapeKind.Scalar or GraphShapeKind.Indices;
        GraphAxis inner = isNumber ? 1 : node.Shape.Inner;
        return new PlaygroundNode(
            node.Name, node.Op, node.Inputs, node.Shape.Kind.ToString(), node.Shape.Outer.Count, inner.Groups, inner.Size,
            node.Attributes.ToDictionary(a => a.Name, a => a.Text ?? a.Number.ToString("R", CultureInfo.InvariantCulture)));
    }
}

/// <summary>What the tokens of a playground stand for.</summary>
/// <param name="Kind">"characters" or "bytes".</param>
/// <param name="Characters">The characters in the order of their tokens; empty for bytes.</param>
/// <param name="Count">Number of tokens in use, BOS included.</param>
/// <param name="Bos">The token that begins and ends a document; null for a stream.</param>
/// <param name="Start">The token that an empty text begins after.</param>
public sealed record PlaygroundTokens(string Kind, string Characters, int Count, int? Bos, int Start)
{
    internal static PlaygroundTokens Of(Tokenizer tokenizer) => new(
        tokenizer.Kind == TokenizerKind.Bytes ? "bytes" : "characters",
        tokenizer.Description.Characters, tokenizer.Count, tokenizer.Bos, tokenizer.Start);
}
