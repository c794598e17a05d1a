using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using MicroGpt.Runner.Export.Weights;

namespace MicroGpt.Runner.Export.Styles;

/// <summary>
/// GPT-2: LayerNorm, biases, queries, keys and values as one product, learned positions; its head may be the table of tokens. Its linear
/// layers lie as [in, out] there, but for the tables.
/// </summary>
internal sealed partial class Gpt2Reader(ModelDescription model) : StyleReader("gpt2", model)
{
    private const string Transformer = "transformer.";
    private const string Layers = "transformer.h.";

    private double? epsilon;
    private int? heads;
    private int? attended;
    private int? hidden;
    private string? activation;

    /// <summary>Recognises the model.</summary>
    /// <exception cref="RunnerException">It is of another style.</exception>
    public StyledModel Read()
    {
        Demand(Model.Graphs.Forward.Outputs.Count == 1, "it has no graph of its forward pass");
        ForwardReader.Layer head = Expect(
            Graph.Linear(Graph.Output) is { Bias: null } layer ? layer : null, Graph.Output, "the head, a linear layer without bias,");
        ForwardReader.Norm norm = Norm(head.X);
        (int beginning, IReadOnlyList<IReadOnlyList<WeightPlace>> blocks) = Blocks(norm.X, value => Tables(value) is not null, Block);
        (string tokens, string positions) = Tables(beginning)!.Value;
        bool isTied = head.Weight == tokens;
        Demand(blocks.Count > 0, "it has no blocks");
        WeightPlace[] found =
        [
            Place(tokens, Transformer + "wte.weight"), Place(positions, Transformer + "wpe.weight"),
            .. blocks.SelectMany((block, index) =>
                block.Select(place => place with { Name = string.Create(CultureInfo.InvariantCulture, $"{Layers}{index}.{place.Name}") })),
            Place(norm.Gain, Transformer + "ln_f.weight"), Place(norm.Bias!, Transformer + "ln_f.bias"),
            .. isTied ? [] : new[] { Place(head.Weight, "lm_head.weight") },
        ];
        Demand(attended == found[0].Parameter.Columns, "attention has other channels than the residual stream");
        IReadOnlyList<WeightPlace> ordered = Ordered(found);
        return new StyledModel(
            new WeightPlaces(ordered)
            {
                Prefix = Transformer,
                IsIgnored = name => Buffer().IsMatch(name) || (isTied && name.EndsWith("lm_head.weight", StringComparison.Ordinal)),
            },
            json => WriteConfig(json, blocks.Count, found[0].Parameter.Columns, found[1].Parameter.Rows, isTied));
    }

    // The mask of attention, which is stored beside the weights.
    [GeneratedRegex(@"^transformer\.h\.[0-9]+\.attn\.(masked_)?bias$")]
    private static partial Regex Buffer();

    /// <summary>The tables of tokens and of positions where a value is their sum.</summary>
    private (string Tokens, string Positions)? Tables(int value)
    {
        foreach ((int first, int second) in Graph.Both(value, "Add"))
        {
            if (Table(first, "tokens") is string tokens && Table(second, "positions") is string positions)
            {
                return (tokens, positions);
            }
        }

        return null;
    }

    private string? Table(int value, string index) =>
        Graph.Of(value, "Embed") is [int table, int indices] && Graph.Node(indices).Text("value") == index ? Graph.Parameter(table) : null;

    private (int Beginning, IReadOnlyList<WeightPlace> Places) Block(int end)
    {
        var places = new List<WeightPlace>();
        int middle = Expect(
            Residual(end, value => FeedForward(value, places)), end,
            "the sum of the residual stream and of two linear layers with an activation between them");
        int beginning = Expect(Residual(middle, value => Attention(value, places)), middle, "the sum of the residual stream and attention");
        return (beginning, places);
    }

    private int? FeedForward(int value, List<WeightPlace> places)
    {
        if (Graph.Linear(value) is not { Bias: not null } output
            || Activated(output.X) is not (int x, string function) || Graph.Linear(x) is not { Bias: not null } input)
        {
            return null;
        }

        ForwardReader.Norm norm = Norm(input.X);
        Demand((activation ?? function) == function, $"the activation is {activation} in one place and {function} in another");
        activation = function;
        hidden = Agreed(hidden, Graph.Node(x).Shape.Inner.Count, "the number of hidden channels");
        places.AddRange([.. OfNorm(norm, "ln_2"), .. OfLayer(input, "mlp.c_fc"), .. OfLayer(output, "mlp.c_proj")]);
        return norm.X;
    }

    private int? Attention(int value, List<WeightPlace> places)
    {
        if (Graph.Linear(value) is not { Bias: not null } output || Graph.Of(output.X, "Attention") is not int[] inputs)
        {
            return null;
        }

        GraphNode attention = Graph.Node(output.X);
        int width = attention.Shape.Inner.Count;
        attended = Agreed(attended, width, "the number of channels of attention");
        heads = Agreed(heads, (int)attention.Number("heads")!.Value, "the number of heads");
        Demand(attention.Number("window") is null && attention.Number("softcap") is null, "attention has a window or a soft cap");
        Demand(
            ForwardReader.AreSame(attention.Number("scale")!.Value, 1 / Math.Sqrt(attention.Shape.Inner.Size)),
            "scores have another scale than 1 / √d");
        for (int i = 0; i < inputs.Length; i++)
        {
            GraphNode slice = Graph.Node(Expect(
                Graph.Of(inputs[i], "Slice") is null ? (int?)null : inputs[i], inputs[i],
                "a third of one product of queries, keys and values"));
            Demand(
                slice.Number("from") == i * width && slice.Number("to") == (i + 1) * width
                    && Graph.Under(slice.Inputs[0]) == Graph.Of(inputs[0], "Slice")![0],
                "queries, keys and values are not the thirds of one product");
        }

        int product = Graph.Of(inputs[0], "Slice")![0];
        ForwardReader.Layer qkv = Expect(
            Graph.Linear(product) is { Bias: not null } layer ? layer : null, product,
            "queries, keys and values, a linear layer with bias,");
        ForwardReader.Norm norm = Norm(qkv.X);
        places.AddRange([.. OfNorm(norm, "ln_1"), .. OfLayer(qkv, "attn.c_attn"), .. OfLayer(output, "attn.c_proj")]);
        return norm.X;
    }

    /// <summary>The argument of an activation, and how it is called there.</summary>
    private (int X, string Function)? Activated(int value) =>
        Graph.GeluTanh(value) is int tanh ? (tanh, "gelu_new")
        : Graph.Gelu(value) is int exact ? (exact, "gelu")
        : Graph.Silu(value) is int silu ? (silu, "silu")
        : Graph.Of(value, "Relu") is [int relu] ? (relu, "relu")
        : null;

    private ForwardReader.Norm Norm(int value)
    {
        ForwardReader.Norm norm = Expect(Graph.LayerNorm(value), value, "LayerNorm with gain and bias");
        epsilon = Agreed(epsilon, norm.Epsilon, "epsilon");
        return norm;
    }

    private WeightPlace[] OfNorm(ForwardReader.Norm norm, string name) =>
        [Place(norm.Gain, name + ".weight"), Place(norm.Bias!, name + ".bias")];

    private WeightPlace[] OfLayer(ForwardReader.Layer layer, string name) =>
        [Place(layer.Weight, name + ".weight", WeightLayout.Transposed), Place(layer.Bias!, name + ".bias")];

    private void WriteConfig(Utf8JsonWriter json, int layers, int width, int positions, bool isTied)
    {
        json.WriteStartArray("architectures");
        json.WriteStringValue("GPT2LMHeadModel");
        json.WriteEndArray();
        json.WriteString("model_type", "gpt2");
        json.WriteNumber("vocab_size", Model.VocabSize);
        json.WriteNumber("n_positions", positions);
        json.WriteNumber("n_embd", width);
        json.WriteNumber("n_layer", layers);
        json.WriteNumber("n_head", heads!.Value);
        json.WriteNumber("n_inner", hidden!.Value);
        json.WriteString("activation_function", activation);
        json.WriteNumber("layer_norm_epsilon", epsilon!.Value);
        json.WriteBoolean("tie_word_embeddings", isTied);
    }
}
