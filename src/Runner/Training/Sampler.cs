using System.Text;
using MicroGpt.Runner.Data;
using MicroGpt.Runner.Randomness;

namespace MicroGpt.Runner.Training;

/// <summary>Lets a model invent documents, one token at a time.</summary>
/// <param name="model">The model.</param>
/// <param name="tokenizer">The tokenizer of its training data.</param>
/// <param name="random">The random stream to draw from.</param>
public sealed class Sampler(ICompiledModel model, Tokenizer tokenizer, RandomStream random)
{
    /// <summary>The most characters of a sample of a model that has no block size.</summary>
    public const int LengthWithoutBlockSize = 16;

    private readonly double[] logits = new double[model.Description.VocabSize];
    private readonly double[] cumulative = new double[tokenizer.Count];

    /// <summary>
    /// Draws one document: from BOS until BOS comes again or the block is full. Where the data is a stream there is no BOS: the text goes on
    /// from <see cref="Tokenizer.Start"/> until the block is full.
    /// </summary>
    /// <param name="temperature">Positive: below 1 the likely becomes likelier, above 1 the improbable gets a chance.</param>
    /// <exception cref="RunnerException">The model's logits are not finite.</exception>
    public string Sample(double temperature)
    {
        int length = model.Description.BlockSize ?? LengthWithoutBlockSize;
        var text = new StringBuilder();
        int token = tokenizer.Start;
        for (int position = 0; position < length; position++)
        {
            model.Decode(token, position, logits);
            AccumulateProbabilities(temperature);
            token = random.NextChoice(cumulative);
            if (token == tokenizer.Bos)
            {
                break;
            }

            text.Append(tokenizer.Decode(token));
        }

        return text.ToString();
    }

    /// <summary>
    /// The running sums of <c>softmax(logits / temperature)</c>. Tokens that the data has no character for are left out:
    /// the vocabulary may have more room than the data has characters.
    /// </summary>
    private void AccumulateProbabilities(double temperature)
    {
        double max = double.NegativeInfinity;
        for (int token = 0; token < cumulative.Length; token++)
        {
            if (!double.IsFinite(logits[token]))
            {
                throw RunnerException.Failure("sampling: the model's logits are not finite; train with a lower learning rate.");
            }

            max = Math.Max(max, logits[token]);
        }

        // The maximum goes before the temperature divides: with a tiny temperature a quotient could overflow, a difference cannot.
        double sum = 0.0;
        for (int token = 0; token < cumulative.Length; token++)
        {
            cumulative[token] = Math.Exp((logits[token] - max) / temperature);
            sum += cumulative[token];
        }

        double running = 0.0;
        for (int token = 0; token < cumulative.Length; token++)
        {
            running += cumulative[token] / sum;
            cumulative[token] = running;
        }
    }
}
