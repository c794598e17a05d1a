using FsCheck;
using FsCheck.Fluent;
using MicroGpt.Runner.Data;
using MicroGpt.Runner.Tests.Models;
using MicroGpt.Runner.Training;
using Xunit;

namespace MicroGpt.Runner.Tests;

public class BatchPackerTests
{
    [Fact]
    public void DocumentsArePackedWithoutPaddingAndCutAtTheBlockSize()
    {
        // a = 0, b = 1, c = 2, BOS = 3
        var packer = new BatchPacker(CorpusOf("ab", "c", "abc"), batchSize: 2, blockSize: 3);
        Assert.Equal(6, packer.MaxRows);

        Batch first = packer.Pack(0);
        Assert.Equal([3, 0, 1, 3, 2], first.Tokens.ToArray());
        Assert.Equal([0, 1, 3, 2, 3], first.Targets.ToArray());
        Assert.Equal([0, 3, 5], first.Starts.ToArray());

        Assert.Equal(2, packer.FirstDocument(1));
        Batch second = packer.Pack(1);
        Assert.Equal([3, 0, 1, 3, 0, 1], second.Tokens.ToArray());
        Assert.Equal([0, 1, 2, 0, 1, 3], second.Targets.ToArray());
        Assert.Equal([0, 3, 6], second.Starts.ToArray());
    }

    [Fact]
    public void EveryStepTakesTheFollowingDocumentsModuloTheirNumber()
    {
        string[] texts = ["a", "ab", "abc", "abca", "abcab"];
        Corpus corpus = CorpusOf(texts);
        Prop.ForAll(
            Gen.Choose(1, 12).ToArbitrary(),
            Gen.Choose(0, 100_000_000).ToArbitrary(),
            (batchSize, step) =>
            {
                Batch batch = new BatchPacker(corpus, batchSize, blockSize: null).Pack(step);
                bool[] fits = new bool[batchSize];
                for (int segment = 0; segment < batchSize; segment++)
                {
                    string text = texts[(int)((((long)step * batchSize) + segment) % texts.Length)];
                    fits[segment] = batch.Starts[segment + 1] - batch.Starts[segment] == text.Length + 1;
                }

                return fits.All(fit => fit) && batch.Starts[^1] == batch.Rows && batch.Rows == batch.Targets.Length;
            }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void ABatchBeyondAllMemoryIsAUsageError()
    {
        RunnerException error = Assert.Throws<RunnerException>(() => new BatchPacker(CorpusOf("abc"), int.MaxValue, blockSize: 16));
        Assert.Contains("--batch", error.Message);
        Assert.Equal(ExitCode.Usage, error.ExitCode);
    }

    private static Corpus CorpusOf(params string[] texts)
    {
        DocumentSet documents = DocumentSet.Parse(string.Join('\n', texts), "test");
        return new Corpus(documents.Documents.ToArray(), Tokenizer.ForDocuments(documents, BigramModel.Entry().Description));
    }
}
