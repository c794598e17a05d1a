#if MICROGPT_GENERATOR
using MicroGpt.Generator.Language;
using static MicroGpt.Generator.Language.Functions;

namespace MicroGpt.Generator.Architectures;
#else
using static MicroGpt.Functions;

namespace MicroGpt.Architectures;
#endif

/// <summary>
/// The bigram MLP of the course's first steps: <c>logits = fc2 relu(fc1 wte[t])</c>, hidden width 4 nEmbd. What <c>[MlpModel]</c>
/// compiles.
/// </summary>
/// <param name="vocabSize">Number of tokens.</param>
/// <param name="nEmbd">Width of the embedding.</param>
public sealed class Mlp(int vocabSize, int nEmbd)
{
    private readonly Parameter wte = Matrix(vocabSize, nEmbd), mlp_fc1 = Matrix(4 * nEmbd, nEmbd), mlp_fc2 = Matrix(vocabSize, 4 * nEmbd);

    /// <summary>The logits of the next token at each position.</summary>
    /// <param name="tokens">The tokens.</param>
    /// <returns>[rows, vocabulary]</returns>
    public Tensor Forward(Tokens tokens)
    {
        Tensor h = Relu(Linear(wte[tokens].Named("x"), mlp_fc1).Named("h_in")).Named("h");
        return Linear(h, mlp_fc2).Named("logits");
    }
}
