using MicroGpt.Runner.Data;
using MicroGpt.Runner.Randomness;
using MicroGpt.Runner.Training;
using Xunit;

namespace MicroGpt.Runner.Tests;

public sealed class SlidingContextTests
{
    /// <summary>What the model has in its cache are always the last tokens, as many as a block holds or a quarter fewer.</summary>
    [Theory]
    [InlineData(1, 0)]
    [InlineData(2, 5)]
    [InlineData(7, 3)]
    [InlineData(16, 16)]
    [InlineData(16, 40)]
    public void BeyondABlockTheLastTokensAreSeen(int block, int prompt)
    {
        var tokenizer = new ByteTokenizer { HasBos = false };
        using var model = new Remembering(tokenizer.Count, block);
        int[] tokens = [.. Enumerable.Range(0, prompt).Select(i => i % 7)];
        List<int> all = [.. prompt == 0 ? [tokenizer.Start] : tokens];
        var random = new RandomStream(3);
        new Sampler(model, tokenizer, random).Sample(new SamplingSettings { MaxLength = 8 * block }, tokens, (token, _) =>
        {
            int seen = model.Seen.Count;
            Assert.Equal(all[^seen..], model.Seen);
            Assert.InRange(seen, Math.Min(all.Count, block - (block / 4)), Math.Min(all.Count, block));
            all.Add(token);
        });

        Assert.Equal(Math.Max(1, prompt) + (8 * block), all.Count);
        int quarters = 8 * block / Math.Max(1, block / 4);
        Assert.InRange(model.Prefills, 0, quarters + 1);
    }

    /// <summary>Keeps what it was shown, and finds all tokens equally likely.</summary>
    private sealed class Remembering(int vocabulary, int block) : IModelSession
    {
        public List<int> Seen { get; } = [];

        public int Prefills { get; private set; }

        public ModelDescription Description { get; } = Models.BigramModel.Entry(vocabSize: vocabulary, blockSize: block).Description;

        public double Loss(in Batch batch) => throw new NotSupportedException();

        public void Prefill(ReadOnlySpan<int> tokens)
        {
            Prefills++;
            Seen.Clear();
            Seen.AddRange(tokens);
        }

        public void Decode(int token, int position, Span<double> logits)
        {
            Seen.RemoveRange(position, Seen.Count - position);
            Seen.Add(token);
            logits.Clear();
        }

        public void Dispose()
        {
        }
    }
}
