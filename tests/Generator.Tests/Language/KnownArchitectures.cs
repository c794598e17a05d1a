namespace MicroGpt.Generator.Tests.Language;

using MicroGpt.Generator.Language;
using static MicroGpt.Generator.Language.Functions;
using Program = MicroGpt.Generator.Graph.Program;

/// <summary>Two known architectures over the twins, with the names of the parameters set by hand: GPT-2 and Llama.</summary>
internal static class KnownArchitectures
{
    public static Program Gpt2(int vocab, int block, int width, int heads, int layers)
    {
        using var recording = Recording.Begin(vocab, block, 0.08);
        Tokens tokens = recording.Tokens;
        Parameter At(string path, Func<Parameter> make)
        {
            recording.Path = path;
            return make();
        }

        (Parameter Gain, Parameter Bias) Norm(string path) =>
            (At(path, () => Vector(width, 1, name: "weight")), At(path, () => Vector(width, name: "bias")));
        (Parameter W, Parameter B) Dense(string path, int inputs, int outputs) =>
            (At(path, () => Matrix(outputs, inputs, name: "weight")), At(path, () => Vector(outputs, name: "bias")));

        Parameter wte = Matrix(vocab, width, name: "wte"), wpe = Matrix(block, width, name: "wpe");
        var blocks = Enumerable.Range(0, layers).Select(i => (
            Ln1: Norm($"h.{i}.ln_1."), Attn: Dense($"h.{i}.attn.c_attn.", width, 3 * width),
            Proj: Dense($"h.{i}.attn.c_proj.", width, width),
            Ln2: Norm($"h.{i}.ln_2."), Fc: Dense($"h.{i}.mlp.c_fc.", width, 4 * width),
            Out: Dense($"h.{i}.mlp.c_proj.", 4 * width, width))).ToArray();
        var last = Norm("ln_f.");

        Tensor x = wte[tokens] + wpe[tokens.Positions];
        foreach (var b in blocks)
        {
            Tensor qkv = Linear(LayerNorm(x, b.Ln1.Gain, b.Ln1.Bias), b.Attn.W, b.Attn.B);
            x += Linear(
                Attention(qkv.Slice(0, width), qkv.Slice(width, 2 * width), qkv.Slice(2 * width, 3 * width), tokens, heads),
                b.Proj.W, b.Proj.B);
            x += Linear(GeluTanh(Linear(LayerNorm(x, b.Ln2.Gain, b.Ln2.Bias), b.Fc.W, b.Fc.B)), b.Out.W, b.Out.B);
        }

        return recording.Finish(Linear(LayerNorm(x, last.Gain, last.Bias), wte));
    }

    public static Program Llama(int vocab, int block, int width, int heads, int keyHeads, int hidden, int layers)
    {
        using var recording = Recording.Begin(vocab, block, 0.08);
        Tokens tokens = recording.Tokens;
        int head = width / heads;
        Parameter embeddings = Matrix(vocab, width, name: "tok_embeddings.weight");
        var blocks = Enumerable.Range(0, layers).Select(i =>
        {
            recording.Path = $"layers.{i}.";
            return (
                Norm1: Vector(width, 1, name: "attention_norm.weight"),
                Wq: Matrix(width, width, name: "attention.wq.weight"), Wk: Matrix(keyHeads * head, width, name: "attention.wk.weight"),
                Wv: Matrix(keyHeads * head, width, name: "attention.wv.weight"), Wo: Matrix(width, width, name: "attention.wo.weight"),
                Norm2: Vector(width, 1, name: "ffn_norm.weight"),
                W1: Matrix(hidden, width, name: "feed_forward.w1.weight"), W3: Matrix(hidden, width, name: "feed_forward.w3.weight"),
                W2: Matrix(width, hidden, name: "feed_forward.w2.weight"));
        }).ToArray();
        recording.Path = "";
        Parameter norm = Vector(width, 1, name: "norm.weight"), output = Matrix(vocab, width, name: "output.weight");

        Tensor x = embeddings[tokens];
        foreach (var b in blocks)
        {
            Tensor n = RmsNorm(x, b.Norm1);
            Tensor q = Rope(Linear(n, b.Wq), tokens, heads), k = Rope(Linear(n, b.Wk), tokens, keyHeads);
            x += Linear(Attention(q, k, Linear(n, b.Wv), tokens, heads, keyHeads), b.Wo);
            Tensor m = RmsNorm(x, b.Norm2);
            x += Linear(Silu(Linear(m, b.W1)) * Linear(m, b.W3), b.W2);
        }

        return recording.Finish(Linear(RmsNorm(x, norm), output));
    }
}
