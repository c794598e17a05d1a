using MicroGpt.Runner.Evaluation;
using MicroGpt.Runner.Training;

namespace MicroGpt.Runner.Comparison;

/// <summary>The loss on documents that were not trained on.</summary>
/// <param name="Documents">Number of documents it was measured on; 0 where the training used all of them.</param>
/// <param name="First">Place of the first of them in the shuffled list, from 1.</param>
/// <param name="Loss">The loss; of no token without documents.</param>
internal sealed record HeldOut(int Documents, int First, HeldOutLoss Loss)
{
    /// <summary>The most documents that are taken.</summary>
    public const int Most = 1000;

    /// <summary>The documents, by place in the shuffled list, that follow those of the training.</summary>
    public static Range DocumentsAfter(TrainingSession session)
    {
        long trained = Math.Min(session.Corpus.Count, (long)session.Settings.Steps * session.Settings.BatchSize);
        return (int)trained..(int)Math.Min(session.Corpus.Count, trained + Most);
    }

    /// <summary>Measures the loss on the documents after those of the training.</summary>
    public static HeldOut Of(TrainingSession session)
    {
        Range range = DocumentsAfter(session);
        ReadOnlyMemory<int> documents = session.Split.Order[range];
        HeldOutLoss loss = Evaluator.OfDocuments(session.Corpus, documents, session.Model.Description.BlockSize, session.Model.RowCapacity).Measure(session.Model);
        return new HeldOut(documents.Length, range.Start.Value + 1, loss);
    }
}
