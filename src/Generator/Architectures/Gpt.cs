using System.Globalization;
using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using MicroGpt.Generator.Spec;

namespace MicroGpt.Generator.Architectures;

/// <summary>
/// The GPT of the course: <c>x = rmsnorm(wte[t] + wpe[p])</c>; for each layer <c>x += Wo attention(rmsnorm(x))</c> and
/// <c>x += fc2 relu(fc1 rmsnorm(x))</c>; <c>logits = lm_head x</c>.
/// </summary>
internal static class Gpt
{
    public static ForwardGraph Build(ModelSpec spec)
    {
        var g = new GraphBuilder();
        var inputs = new ForwardInputs(g);
        var parameters = DeclareParameters(g, spec);
        Node Weight(string name) => parameters.Single(p => ((Parameter)p.Op).Canonical == name);

        g.Scope = new Scope("Embedding", "");
        var x = g.Add(
            new RmsNorm(),
            "x",
            g.Add(
                new Add(),
                "embedding",
                g.Add(new Embed(), "token_embedding", Weight("wte"), inputs.Tokens),
                g.Add(new Embed(), "position_embedding", Weight("wpe"), inputs.Positions)));

        for (var layer = 0; layer < spec.NLayer; layer++)
        {
            g.Scope = LayerScope(layer);
            var prefix = Prefix(spec, layer);
            var n = g.Add(new RmsNorm(), "n", x);
            var q = g.Add(new Linear(), "q", n, Weight(prefix + "attn_wq"));
            var k = g.Add(new Linear(), "k", n, Weight(prefix + "attn_wk"));
            var v = g.Add(new Linear(), "v", n, Weight(prefix + "attn_wv"));
            var attention = g.Add(new Attention(spec.BlockSize), "attention", q, k, v);
            var y = g.Part(attention, 0, "attention_y");
            var mid = g.Add(new Add(), "x_mid", g.Add(new Linear(), "attention_out", y, Weight(prefix + "attn_wo")), x);
            var m = g.Add(new RmsNorm(), "m", mid);
            var hidden = g.Add(new Relu(), "h", g.Add(new Linear(), "h_in", m, Weight(prefix + "mlp_fc1")));
            x = g.Add(new Add(), "x_out", g.Add(new Linear(), "mlp_out", hidden, Weight(prefix + "mlp_fc2")), mid);
        }

        g.Scope = new Scope("Head", "");
        var logits = g.Add(new Linear(), "logits", x, Weight("lm_head"));
        var loss = g.Add(new CrossEntropy(), "loss", logits, inputs.Targets);
        return new ForwardGraph(g, parameters, logits, loss);
    }

    private static Scope LayerScope(int layer) => new("Layer" + Text(layer), "layer" + Text(layer));

    private static string Prefix(ModelSpec spec, int layer) =>
        spec.ParameterOrder == ParameterOrder.HeadLast && spec.NLayer == 1 ? "" : "layer" + Text(layer) + ".";

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>Parameters in canonical order, which is the order of initialisation.</summary>
    private static List<Node> DeclareParameters(GraphBuilder g, ModelSpec spec)
    {
        Axis heads = new(spec.NHead, spec.NEmbd / spec.NHead);
        var parameters = new List<Node>();
        void Declare(Scope scope, string prefix, string local, Axis outer, Axis inner)
        {
            g.Scope = scope;
            parameters.Add(g.Add(new Parameter(prefix + local, Shape.Matrix(outer, inner)), local));
        }

        var embedding = new Scope("Embedding", "");
        var head = new Scope("Head", "");
        Declare(embedding, "", "wte", spec.VocabSize, spec.NEmbd);
        Declare(embedding, "", "wpe", spec.BlockSize, spec.NEmbd);
        if (spec.ParameterOrder == ParameterOrder.HeadFirst)
        {
            Declare(head, "", "lm_head", spec.VocabSize, spec.NEmbd);
        }

        for (var layer = 0; layer < spec.NLayer; layer++)
        {
            var scope = LayerScope(layer);
            var prefix = Prefix(spec, layer);
            Declare(scope, prefix, "attn_wq", heads, spec.NEmbd);
            Declare(scope, prefix, "attn_wk", heads, spec.NEmbd);
            Declare(scope, prefix, "attn_wv", heads, spec.NEmbd);
            Declare(scope, prefix, "attn_wo", spec.NEmbd, heads);
            Declare(scope, prefix, "mlp_fc1", 4 * spec.NEmbd, spec.NEmbd);
            Declare(scope, prefix, "mlp_fc2", spec.NEmbd, 4 * spec.NEmbd);
        }

        if (spec.ParameterOrder == ParameterOrder.HeadLast)
        {
            Declare(head, "", "lm_head", spec.VocabSize, spec.NEmbd);
        }

        return parameters;
    }
}
