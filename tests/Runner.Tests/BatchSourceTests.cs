using FsCheck;
using FsCheck.Fluent;
using MicroGpt.Runner.Batches;
using MicroGpt.Runner.Data;
using MicroGpt.Runner.Randomness;
using Xunit;

namespace MicroGpt.Runner.Tests;

public class BatchSourceTests
{
    private const long Seed = 0x7_0000_002A;

    [Fact]
    public void DocumentsArePackedWithoutPaddingAndCutAtTheBlockSize()
    {
        // a = 0, b = 1, c = 2, BOS = 3
        var source = new DocumentBatches(CorpusOf("ab", "c", "abc"), new[] { 0, 1, 2 }, Seed, batchSize: 2, blockSize: 3);
        Assert.Equal(6, source.MaxRows);

        Batch first = source.Next();
        Assert.Equal([3, 0, 1, 3, 2], first.Tokens.ToArray());
        Assert.Equal([0, 1, 3, 2, 3], first.Targets.ToArray());
        Assert.Equal([0, 3, 5], first.Starts.ToArray());
        Assert.Equal("ab", source.FirstText.ToString());

        Batch second = source.Next();
        Assert.Equal([3, 0, 1], second.Tokens[..3].ToArray());
        Assert.Equal([0, 1, 2], second.Targets[..3].ToArray());
        Assert.Equal("abc", source.FirstText.ToString());
        Assert.Equal(4, source.Item);
    }

    [Fact]
    public void EveryEpochHasAnOrderOfItsOwnAndABatchMayCrossEpochs()
    {
        string[] texts = [.. Enumerable.Range(0, 7).Select(i => new string((char)('a' + i), i + 1))];
        int[] order = [5, 3, 0, 6, 1, 4];
        Corpus corpus = CorpusOf(texts);
        Prop.ForAll(
            Gen.Choose(1, 20).ToArbitrary(),
            Gen.Choose(0, 500).ToArbitrary(),
            (batchSize, step) =>
            {
                var source = new DocumentBatches(corpus, order, Seed, batchSize, blockSize: null);
                source.MoveTo((long)step * batchSize);
                Batch batch = source.Next();
                int[] lengths = [.. Enumerable.Range(0, batchSize).Select(item => Expected(((long)step * batchSize) + item))];
                int[] starts = batch.Starts.ToArray();
                return starts.Zip(starts.Skip(1), (start, end) => end - start).SequenceEqual(lengths);
            }).QuickCheckThrowOnFailure();

        int Expected(long item)
        {
            int[] epoch = [.. order];
            if (item >= order.Length)
            {
                var random = new RandomStream(0);
                random.Key(Seed, (uint)(item / order.Length));
                random.Shuffle(epoch.AsSpan());
            }

            return texts[epoch[item % order.Length]].Length + 1;
        }
    }

    [Fact]
    public void TheKeyOfAStreamBesideTheMainOneIsSeedAndNumber()
    {
        // random.seed(n) of CPython is init_by_array of n's 32-bit words: n = low + high · 2³² + number · 2⁶⁴.
        // >>> r = random.Random((3 << 64) | 0x7_0000_002A); [r.getrandbits(32) for _ in range(3)]
        var random = new RandomStream(1);
        random.NextGauss(0, 1);
        random.Key(Seed, 3);
        Assert.Equal([1383461724u, 2786236857u, 3888289476u], new[] { random.NextBits(32), random.NextBits(32), random.NextBits(32) });
        random.Key(-Seed, 3);
        Assert.Equal(1383461724u, random.NextBits(32));
    }

    [Fact]
    public void WindowsOfAStreamComeFromTheirOwnRandomStream()
    {
        Corpus corpus = new(DocumentSet.Parse("abcdefghijklmnopqrstuvwxyz", "test", new DataSettings { Documents = DocumentKind.Stream }));
        var source = new WindowBatches(corpus, tokens: 20, Seed, batchSize: 3, blockSize: 4);
        var random = new RandomStream(0);
        random.Key(Seed, 0);
        for (int step = 0; step < 50; step++)
        {
            Batch batch = source.Next();
            Assert.Equal([0, 4, 8, 12], batch.Starts.ToArray());
            for (int segment = 0; segment < 3; segment++)
            {
                int start = random.NextBelow(20 - 4);
                Assert.Equal([start, start + 1, start + 2, start + 3], batch.Tokens.Slice(segment * 4, 4).ToArray());
                Assert.Equal([start + 1, start + 2, start + 3, start + 4], batch.Targets.Slice(segment * 4, 4).ToArray());
            }
        }

        int[] last = source.Next().Tokens.ToArray();
        string text = source.FirstText.ToString();
        var resumed = new WindowBatches(corpus, tokens: 20, Seed, batchSize: 3, blockSize: 4);
        resumed.MoveTo(150);
        Assert.Equal(last, resumed.Next().Tokens.ToArray());
        Assert.Equal(text, resumed.FirstText.ToString());
    }

    [Fact]
    public void TheValidationPartIsTheEndOfTheShuffleOrOfTheStream()
    {
        Corpus names = Corpus.BuiltInNames();
        var all = DataSplit.Draw(names, new RandomStream(42), validationShare: 0);
        var split = DataSplit.Draw(names, new RandomStream(42), validationShare: 0.1);
        int heldOut = (int)Math.Ceiling(names.Count / 10.0);
        Assert.Equal(all.Order.ToArray(), split.Order.ToArray());
        Assert.Equal(names.Count - heldOut, split.TrainingDocuments.Length);
        Assert.Equal(all.Order[^heldOut..].ToArray(), split.ValidationDocuments.ToArray());
        Assert.True(all.ValidationDocuments.IsEmpty);

        Corpus stream = new(DocumentSet.Parse(new string('a', 30), "test", new DataSettings { Documents = DocumentKind.Stream }));
        var random = new RandomStream(42);
        var tail = DataSplit.Draw(stream, random, validationShare: 0.1);
        Assert.Equal((27, 3), (tail.TrainingTokens, tail.ValidationTokens));
        Assert.Equal(new RandomStream(42).NextDouble(), random.NextDouble());
    }

    [Fact]
    public void WhatLeavesNothingToTrainOnIsAUsageError()
    {
        Assert.Contains("--validation 0.9: of 2 documents none would be left", Assert.Throws<RunnerException>(
            () => DataSplit.Draw(CorpusOf("a", "b"), new RandomStream(1), 0.9)).Message);
        Corpus stream = new(DocumentSet.Parse("abcd", "test", new DataSettings { Documents = DocumentKind.Stream }));
        Assert.Contains("test: the 4 tokens to train on make no window of 4", Assert.Throws<RunnerException>(
            () => new WindowBatches(stream, 4, Seed, 1, 4)).Message);
        Assert.Contains("test: the 1 token to train on makes no window of 4", Assert.Throws<RunnerException>(
            () => new WindowBatches(stream, 1, Seed, 1, 4)).Message);
        Corpus one = new(DocumentSet.Parse("a", "test", new DataSettings { Documents = DocumentKind.Stream }));
        Assert.Contains("--validation 0.9: of 1 token none would be left", Assert.Throws<RunnerException>(
            () => DataSplit.Draw(one, new RandomStream(1), 0.9)).Message);
    }

    /// <summary>The first token of what is held out of a stream has none before it: of one token, none would be predicted.</summary>
    [Fact]
    public void OneTokenOfAStreamIsTooLittleToHoldOut()
    {
        Corpus stream = new(DocumentSet.Parse(new string('a', 18), "test", new DataSettings { Documents = DocumentKind.Stream }));
        RunnerException error = Assert.Throws<RunnerException>(() => DataSplit.Draw(stream, new RandomStream(1), 0.01));
        Assert.Equal(
            "--validation 0.01: of 18 tokens one would be held out, and a loss needs two: the second is predicted from the first; "
                + "give a larger share or more data.",
            error.Message);
        Assert.Equal(ExitCode.Usage, error.ExitCode);
        Assert.Equal(2, DataSplit.Draw(stream, new RandomStream(1), 0.1).ValidationTokens);
        Assert.Equal(1, DataSplit.Draw(CorpusOf("a", "b"), new RandomStream(1), 0.01).ValidationDocuments.Length);
    }

    [Fact]
    public void ABatchBeyondAllMemoryIsAUsageError()
    {
        RunnerException error = Assert.Throws<RunnerException>(
            () => new DocumentBatches(CorpusOf("abc"), new[] { 0 }, Seed, int.MaxValue, blockSize: 16));
        Assert.Contains("--batch", error.Message);
        Assert.Equal(ExitCode.Usage, error.ExitCode);
    }

    private static Corpus CorpusOf(params string[] texts) => new(DocumentSet.Parse(string.Join('\n', texts), "test"));
}
