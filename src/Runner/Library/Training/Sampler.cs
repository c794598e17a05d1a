using MicroGpt.Runner.Data;
using MicroGpt.Runner.Randomness;

namespace MicroGpt.Runner.Training;

/// <summary>Is told of each token of a sample as soon as it is drawn.</summary>
/// <param name="token">The token; BOS where the sample ends with it.</param>
/// <param name="probabilities">The probabilities that it was drawn by, of all tokens in use.</param>
public delegate void TokenDrawn(int token, ReadOnlySpan<double> probabilities);

/// <summary>Lets a model invent documents, one token at a time.</summary>
/// <param name="model">The model, or a session of it.</param>
/// <param name="tokenizer">The tokenizer of its training data.</param>
/// <param name="random">The random stream to draw from.</param>
public sealed class Sampler(IModelSession model, Tokenizer tokenizer, RandomStream random)
{
    /// <summary>The most tokens of a sample of a model that has no block size.</summary>
    public const int LengthWithoutBlockSize = 16;

    private readonly double[] logits = new double[model.Description.VocabSize];
    private readonly TokenDistribution distribution = new(tokenizer.Count);
    private readonly List<int> context = [];
    private SamplingSettings settings = new();
    private int start;
    private int first; // that the model sees
    private int decoded;
    private int left;

    /// <summary>
    /// Draws one document: from BOS until BOS comes again or the block is full. Where the data is a stream there is no BOS: the text goes
    /// on from <see cref="Tokenizer.Start"/> until the block is full.
    /// </summary>
    /// <param name="temperature">Not negative: below 1 the likely becomes likelier, above 1 the improbable gets a chance.</param>
    /// <exception cref="ArgumentOutOfRangeException">The temperature is not a finite number of at least 0.</exception>
    /// <exception cref="RunnerException">The model's logits are not finite.</exception>
    public string Sample(double temperature) => Sample(new SamplingSettings { Temperature = temperature }, []);

    /// <summary>
    /// Draws one document that begins with a prompt. Beyond the block size a model sees the last tokens alone,
    /// at least three quarters of a block of them.
    /// </summary>
    /// <param name="settings">How.</param>
    /// <param name="prompt">The tokens of the prompt, without BOS; may be empty.</param>
    /// <param name="drawn">Is told of each token; null for nobody.</param>
    /// <returns>The document, its prompt included.</returns>
    /// <exception cref="RunnerException">The model's logits are not finite.</exception>
    public string Sample(SamplingSettings settings, ReadOnlySpan<int> prompt, TokenDrawn? drawn = null)
    {
        Begin(settings, prompt);
        while (Next(drawn) is not null)
        {
        }

        return tokenizer.Decode(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(context)[start..]);
    }

    /// <summary>Begins a document, of which <see cref="Next"/> draws one token after the other.</summary>
    /// <param name="how">How they are drawn.</param>
    /// <param name="prompt">The tokens of the prompt, without BOS; may be empty.</param>
    internal void Begin(SamplingSettings how, ReadOnlySpan<int> prompt)
    {
        settings = how;
        context.Clear();
        if (tokenizer.Bos is not null || prompt.IsEmpty)
        {
            context.Add(tokenizer.Start);
        }

        start = context.Count;
        context.AddRange(prompt);
        first = 0;
        decoded = 0;
        left = settings.MaxLength ?? model.Description.BlockSize ?? LengthWithoutBlockSize;
    }

    /// <summary>Draws the next token; null at the end of the document.</summary>
    /// <param name="drawn">Is told of it, and of the BOS that ends the document; null for nobody.</param>
    /// <exception cref="RunnerException">The model's logits are not finite.</exception>
    internal int? Next(TokenDrawn? drawn = null)
    {
        if (left == 0)
        {
            return null;
        }

        left--;
        Decode();
        int token = distribution.Draw(logits, settings, random);
        drawn?.Invoke(token, distribution.Probabilities);
        if (token == tokenizer.Bos)
        {
            left = 0;
            return null;
        }

        context.Add(token);
        return token;
    }

    /// <summary>
    /// Decodes the context as far as that has not been done, and leaves the logits of the token after it. A prompt is decoded at once. A
    /// context that has outgrown the block loses its oldest quarter, and what is left is decoded at once: seldom enough to cost little.
    /// </summary>
    private void Decode()
    {
        int block = model.Description.BlockSize ?? int.MaxValue;
        if (context.Count - first > block)
        {
            first = context.Count - (decoded == 0 ? block : block - (block / 4));
            decoded = 0;
        }

        ReadOnlySpan<int> seen = System.Runtime.InteropServices.CollectionsMarshal.AsSpan(context)[first..];
        if (seen.Length > 1 && decoded == 0)
        {
            model.Prefill(seen[..^1]);
        }

        model.Decode(seen[^1], seen.Length - 1, logits);
        decoded = context.Count;
    }
}
