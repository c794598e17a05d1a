using MicroGpt.Runner.Batches;
using MicroGpt.Runner.Data;
using MicroGpt.Runner.Evaluation;
using MicroGpt.Runner.Tests.Models;
using MicroGpt.Runner.Training;
using Xunit;

namespace MicroGpt.Runner.Tests.Evaluation;

public class EvaluatorTests
{
    [Fact]
    public void AnEndAddsNatsButNoCharacter()
    {
        // A model whose logits are all zero gives every one of its 27 tokens the probability 1/27.
        HeldOutLoss loss = Uniform("ab\nabc", blockSize: 16);
        Assert.Equal((7, 5), (loss.Tokens, loss.Characters));
        Assert.Equal(7 * Math.Log(27), loss.Nats, 1e-12);
        Assert.Equal(Math.Log(27), loss.NatsPerToken, 1e-12);
        Assert.Equal(7 * Math.Log2(27) / 5, loss.BitsPerCharacter, 1e-12);
        Assert.Equal(27, loss.Perplexity, 1e-10);
        Assert.Equal("held-out 3.2958 nats a token, 6.657 bits a character, perplexity 27.00", loss.ToString());
    }

    [Fact]
    public void ADocumentIsCutAtTheBlockAsInTraining()
    {
        HeldOutLoss loss = Uniform("abcdef\na", blockSize: 4);
        Assert.Equal((4 + 2, 4 + 1), (loss.Tokens, loss.Characters));
    }

    [Fact]
    public void OfAStreamEveryTokenButTheFirstIsPredictedOnce()
    {
        HeldOutLoss loss = Uniform("abcdefghijk", blockSize: 4, DocumentKind.Stream);
        Assert.Equal((10, 10), (loss.Tokens, loss.Characters));
        Assert.Equal(10 * Math.Log(27), loss.Nats, 1e-12);
    }

    [Fact]
    public void BytesOfACharacterAreOneCharacter()
    {
        var settings = new DataSettings { Tokenizer = TokenizerKind.Bytes };
        var corpus = new Corpus(DocumentSet.Parse("\u00E9\U0001F600a", "test", settings));
        using ICompiledModel model = BigramModel.Entry(vocabSize: 257).Create(0);
        HeldOutLoss loss = Evaluator.OfAll(corpus, 16, model.RowCapacity).Measure(model);
        Assert.Equal((2 + 4 + 1 + 1, 3), (loss.Tokens, loss.Characters));
    }

    [Fact]
    public void DocumentsTogetherAreThoseOneByOne()
    {
        Corpus names = Corpus.BuiltInNames();
        using var session = new TrainingSession(
            BigramModel.Entry(), names, new TrainingSettings { Steps = 50, LearningRate = 1, BatchSize = 7 });
        Assert.True(session.Run([]));
        var documents = session.Split.Order[^100..];
        HeldOutLoss together = Evaluator.OfDocuments(names, documents, 16, session.Model.RowCapacity).Measure(session.Model);
        double nats = 0.0;
        long tokens = 0;
        foreach (int document in documents.ToArray())
        {
            HeldOutLoss one = Evaluator.OfDocuments(names, new[] { document }, 16, rowCapacity: 16).Measure(session.Model);
            nats += one.Nats;
            tokens += one.Tokens;
        }

        Assert.Equal(tokens, together.Tokens);
        Assert.Equal(nats, together.Nats, 1e-9);
    }

    private static HeldOutLoss Uniform(string text, int blockSize, DocumentKind kind = DocumentKind.Line)
    {
        var corpus = new Corpus(DocumentSet.Parse(text, "test", new DataSettings { Documents = kind }));
        using ICompiledModel model = BigramModel.Entry(vocabSize: 27, blockSize: blockSize).Create(0);
        return Evaluator.OfAll(corpus, blockSize, model.RowCapacity).Measure(model);
    }
}
