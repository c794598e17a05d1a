#if MICROGPT_GENERATOR
using MicroGpt.Generator.Language;
using static MicroGpt.Generator.Language.Functions;

namespace MicroGpt.Generator.Architectures;
#else
using static MicroGpt.Functions;

namespace MicroGpt.Architectures;
#endif

/// <summary>
/// The GPT of the course: <c>x = rmsnorm(wte[t] + wpe[p])</c>; for each layer <c>x += Wo attention(rmsnorm(x))</c> and
/// <c>x += fc2 relu(fc1 rmsnorm(x))</c>; <c>logits = lm_head x</c>. What <c>[GptModel]</c> compiles.
/// </summary>
/// <param name="vocabSize">Number of tokens.</param>
/// <param name="blockSize">Most positions of a document.</param>
/// <param name="nEmbd">Width of the residual stream, a multiple of the number of heads.</param>
/// <param name="nHead">Attention heads a layer.</param>
/// <param name="nLayer">Layers.</param>
/// <param name="headLast">
/// Whether <c>lm_head</c> comes after the layers, of which a single one then bears no prefix; else before them.
/// </param>
public sealed class Gpt(int vocabSize, int blockSize, int nEmbd, int nHead, int nLayer, bool headLast)
{
    private readonly Parameter wte = Matrix(vocabSize, nEmbd), wpe = Matrix(blockSize, nEmbd);
    private readonly Parameter? lm_head_first = headLast ? null : Matrix(vocabSize, nEmbd, name: "lm_head");
    private readonly Layer[] layers = Layers(nLayer, _ => new Layer(nEmbd, nHead), name: headLast && nLayer == 1 ? "" : "layer{0}");
    private readonly Parameter? lm_head_last = headLast ? Matrix(vocabSize, nEmbd, name: "lm_head") : null;

    /// <summary>The logits of the next token at each position.</summary>
    /// <param name="tokens">The tokens.</param>
    /// <returns>[rows, vocabulary]</returns>
    public Tensor Forward(Tokens tokens)
    {
        Tensor x = RmsNorm((wte[tokens] + wpe[tokens.Positions]).Named("embedding")).Named("x");
        foreach (Layer layer in layers)
        {
            x = layer.Forward(x, tokens);
        }

        return Linear(x, lm_head_first ?? lm_head_last!).Named("logits");
    }

    private sealed class Layer(int nEmbd, int nHead)
    {
        private readonly Parameter attn_wq = Matrix(nEmbd, nEmbd), attn_wk = Matrix(nEmbd, nEmbd), attn_wv = Matrix(nEmbd, nEmbd);
        private readonly Parameter attn_wo = Matrix(nEmbd, nEmbd);
        private readonly Parameter mlp_fc1 = Matrix(4 * nEmbd, nEmbd), mlp_fc2 = Matrix(nEmbd, 4 * nEmbd);

        public Tensor Forward(Tensor x, Tokens tokens)
        {
            Tensor n = RmsNorm(x).Named("n");
            Tensor q = Linear(n, attn_wq).Named("q"), k = Linear(n, attn_wk).Named("k"), v = Linear(n, attn_wv).Named("v");
            Tensor y = Attention(q, k, v, tokens, nHead).Named("attention_y");
            Tensor mid = (Linear(y, attn_wo).Named("attention_out") + x).Named("x_mid");
            Tensor m = RmsNorm(mid).Named("m");
            Tensor h = Relu(Linear(m, mlp_fc1).Named("h_in")).Named("h");
            return (Linear(h, mlp_fc2).Named("mlp_out") + mid).Named("x_out");
        }
    }
}
