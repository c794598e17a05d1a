using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using MicroGpt.Runner.Export.Weights;

namespace MicroGpt.Runner.Export.Styles;

/// <summary>
/// Llama: RMSNorm with a gain, rotary positions, shared heads of keys, SwiGLU, no biases; its head may be the table of tokens.
/// </summary>
internal sealed partial class LlamaReader(ModelDescription model) : StyleReader("llama", model)
{
    private const string Layers = "model.layers.";

    private double? epsilon;
    private double? theta;
    private int? heads;
    private int? keyHeads;
    private int? headSize;
    private int? hidden;

    /// <summary>Recognises the model.</summary>
    /// <exception cref="RunnerException">It is of another style.</exception>
    public StyledModel Read()
    {
        Demand(Model.Graphs.Forward.Outputs.Count == 1, "it has no graph of its forward pass");
        ForwardReader.Layer head = Unbiased(Graph.Output, "the head, a linear layer without bias,");
        ForwardReader.Norm norm = Norm(head.X);
        (int beginning, IReadOnlyList<IReadOnlyList<WeightPlace>> blocks) =
            Blocks(norm.X, value => Graph.Of(value, "Embed") is not null, Block);
        int[] embedding = Graph.Of(beginning, "Embed")!;
        string table = Expect(
            Graph.Node(embedding[1]).Text("value") == "tokens" ? Graph.Parameter(embedding[0]) : null, beginning, "the table of tokens");
        bool isTied = head.Weight == table;
        Demand(blocks.Count > 0, "it has no blocks");
        WeightPlace[] found =
        [
            Place(table, "model.embed_tokens.weight"),
            .. blocks.SelectMany((block, layer) =>
                block.Select(place => place with { Name = string.Create(CultureInfo.InvariantCulture, $"{Layers}{layer}.{place.Name}") })),
            Place(norm.Gain, "model.norm.weight"),
            .. isTied ? [] : new[] { Place(head.Weight, "lm_head.weight") },
        ];
        IReadOnlyList<WeightPlace> ordered = Ordered(found);
        return new StyledModel(
            new WeightPlaces(ordered) { IsIgnored = name => Buffer().IsMatch(name) || (isTied && name == "lm_head.weight") },
            json => WriteConfig(json, blocks.Count, found[0].Parameter.Columns, isTied));
    }

    // Frequencies that old versions of the library stored beside the weights.
    [GeneratedRegex(@"^model\.layers\.[0-9]+\.self_attn\.rotary_emb\.inv_freq$")]
    private static partial Regex Buffer();

    private (int Beginning, IReadOnlyList<WeightPlace> Places) Block(int end)
    {
        var places = new List<WeightPlace>();
        int middle =
            Expect(Residual(end, value => FeedForward(value, places)), end, "the sum of the residual stream and w2 (silu(w1 x) * w3 x)");
        int beginning = Expect(Residual(middle, value => Attention(value, places)), middle, "the sum of the residual stream and attention");
        return (beginning, places);
    }

    /// <summary>w2 (silu(w1 n) * w3 n) with n the norm of a stream: gives the stream.</summary>
    private int? FeedForward(int value, List<WeightPlace> places)
    {
        if (Graph.Linear(value) is not { Bias: null } down)
        {
            return null;
        }

        foreach ((int activated, int product) in Graph.Both(down.X, "Multiply"))
        {
            if (Graph.Silu(activated) is int gated && Graph.Linear(gated) is { Bias: null } gate
                && Graph.Linear(product) is { Bias: null } up && up.X == gate.X)
            {
                ForwardReader.Norm norm = Norm(up.X);
                hidden = Agreed(hidden, Graph.Node(down.X).Shape.Inner.Count, "the number of hidden channels");
                places.AddRange(
                [
                    Place(norm.Gain, "post_attention_layernorm.weight"), Place(gate.Weight, "mlp.gate_proj.weight"),
                    Place(up.Weight, "mlp.up_proj.weight"), Place(down.Weight, "mlp.down_proj.weight"),
                ]);
                return norm.X;
            }
        }

        return null;
    }

    /// <summary>wo attention(rope(wq n), rope(wk n), wv n) with n the norm of a stream: gives the stream.</summary>
    private int? Attention(int value, List<WeightPlace> places)
    {
        if (Graph.Linear(value) is not { Bias: null } output || Graph.Of(output.X, "Attention") is not [int q, int k, int v])
        {
            return null;
        }

        GraphNode attention = Graph.Node(output.X);
        heads = Agreed(heads, (int)attention.Number("heads")!.Value, "the number of heads");
        headSize = Agreed(headSize, attention.Shape.Inner.Size, "the size of a head");
        Demand(attention.Number("window") is null && attention.Number("softcap") is null, "attention has a window or a soft cap");
        Demand(
            ForwardReader.AreSame(attention.Number("scale")!.Value, 1 / Math.Sqrt(headSize.Value)),
            "scores have another scale than 1 / √d");
        (int key, int times) = Expect(Graph.Shared(k, heads.Value), k, "keys of each head, or of heads that share them,");
        (int values, int sharing) = Expect(Graph.Shared(v, heads.Value), v, "values of each head, or of heads that share them,");
        keyHeads = Agreed(keyHeads, heads.Value / times, "the number of key heads");
        Demand(times == sharing, "keys and values are shared by different numbers of heads");
        ForwardReader.Layer wq = Turned(q, heads.Value, out WeightLayout layout), wk = Turned(key, keyHeads.Value, out WeightLayout ofKeys);
        ForwardReader.Layer wv = Unbiased(values, "values, a linear layer without bias,");
        Demand(layout == ofKeys, "queries and keys are turned in different pairs");
        Demand(wq.X == wk.X && wq.X == wv.X, "queries, keys and values are not of one value");
        ForwardReader.Norm norm = Norm(wq.X);
        places.AddRange(
        [
            Place(norm.Gain, "input_layernorm.weight"), Place(wq.Weight, "self_attn.q_proj.weight", layout, heads.Value),
            Place(wk.Weight, "self_attn.k_proj.weight", layout, keyHeads.Value), Place(wv.Weight, "self_attn.v_proj.weight"),
            Place(output.Weight, "self_attn.o_proj.weight"),
        ]);
        return norm.X;
    }

    /// <summary>A linear layer turned by its positions.</summary>
    private ForwardReader.Layer Turned(int value, int groups, out WeightLayout layout)
    {
        int[] inputs = Expect(Graph.Of(value, "Rope"), value, "rotary positions");
        GraphNode rope = Graph.Node(value);
        theta = Agreed(theta, rope.Number("theta")!.Value, "theta");
        layout = rope.Text("pairs") == "interleaved" ? WeightLayout.PairsApart : WeightLayout.AsIs;
        Demand(rope.Shape.Inner.Groups == groups, "rotary positions have other heads than attention");
        return Unbiased(inputs[0], "a linear layer without bias");
    }

    private ForwardReader.Layer Unbiased(int value, string expected) =>
        Expect(Graph.Linear(value) is { Bias: null } layer ? layer : null, value, expected);

    private ForwardReader.Norm Norm(int value)
    {
        ForwardReader.Norm norm = Expect(Graph.RmsNorm(value), value, "RMSNorm with a gain");
        epsilon = Agreed(epsilon, norm.Epsilon, "epsilon");
        return norm;
    }

    private void WriteConfig(Utf8JsonWriter json, int layers, int width, bool isTied)
    {
        json.WriteStartArray("architectures");
        json.WriteStringValue("LlamaForCausalLM");
        json.WriteEndArray();
        json.WriteString("model_type", "llama");
        json.WriteNumber("vocab_size", Model.VocabSize);
        json.WriteNumber("hidden_size", width);
        json.WriteNumber("intermediate_size", hidden!.Value);
        json.WriteNumber("num_hidden_layers", layers);
        json.WriteNumber("num_attention_heads", heads!.Value);
        json.WriteNumber("num_key_value_heads", keyHeads!.Value);
        json.WriteNumber("head_dim", headSize!.Value);
        if (Model.BlockSize is int block)
        {
            json.WriteNumber("max_position_embeddings", block);
        }

        json.WriteString("hidden_act", "silu");
        json.WriteNumber("rms_norm_eps", epsilon!.Value);
        json.WriteNumber("rope_theta", theta!.Value);
        json.WriteBoolean("attention_bias", false);
        json.WriteBoolean("mlp_bias", false);
        json.WriteBoolean("tie_word_embeddings", isTied);
    }
}
