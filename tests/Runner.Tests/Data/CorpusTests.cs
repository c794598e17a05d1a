using System.Text;
using MicroGpt.Runner.Batches;
using MicroGpt.Runner.Data;
using MicroGpt.Runner.Randomness;
using Xunit;

namespace MicroGpt.Runner.Tests.Data;

public sealed class CorpusTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(DocumentKind.Line, 3.9)]
    [InlineData(DocumentKind.Stream, 2.2)]
    public void AllThatIsEverAllocatedIsLessThanFourTimesTheText(DocumentKind kind, double most)
    {
        // Names as short as the course's, the most documents that a text of a size can have.
        var names = new StringBuilder();
        for (int i = 0; names.Length < 4_000_000; i++)
        {
            names.Append("abcdefg".AsSpan(0, 5 + (i % 3))).Append('\n');
        }

        string path = folder.Write("names.txt", names.ToString());
        var settings = new DataSettings { Path = path, Documents = kind };
        Load(settings);
        long before = GC.GetAllocatedBytesForCurrentThread();
        Load(settings);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1.0 * names.Length, most * names.Length);

        static void Load(DataSettings settings)
        {
            var split = DataSplit.Draw(Corpus.Read(settings), new RandomStream(42), validationShare: 0.1);
            IBatchSource batches = BatchSource.For(split, 42, batchSize: 4, blockSize: 8, items: int.MaxValue);
            batches.Next();
            batches.MoveTo(split.TrainingDocuments.Length);
            batches.Next();
        }
    }

    [Fact]
    public void EveryKindOfNarrowTokenIsKept()
    {
        foreach (int count in new[] { 3, 300, 70_000 })
        {
            // From U+10000 on there are no surrogates in the way.
            string text = string.Concat(Enumerable.Range(0x10000, count).Select(char.ConvertFromUtf32));
            var corpus = new Corpus(DocumentSet.Parse(text + "\n" + text, "test"));
            Assert.Equal(count + 1, corpus.Tokenizer.Count);
            Assert.Equal((2, 2L * count), (corpus.Count, corpus.CharacterCount));
            Assert.Equal(text, corpus.Text(1).ToString());
            Assert.Equal(corpus.Tokenizer.Bos, corpus.Token(corpus.Start(1)));
            Assert.Equal(count + 2, corpus.Length(1));
        }
    }
}
