using MicroGpt.Runner.Training;

namespace MicroGpt.Runner.Comparison;

/// <summary>The loss on documents that were not trained on.</summary>
/// <param name="Documents">Number of documents it was measured on; 0 where the training used all of them.</param>
/// <param name="First">Place of the first of them in the shuffled list, from 1.</param>
/// <param name="Nats">Mean loss a token; NaN without documents.</param>
internal sealed record HeldOut(int Documents, int First, double Nats)
{
    /// <summary>The most documents that are taken.</summary>
    public const int Most = 1000;

    /// <summary>The documents, by index into the shuffled list, that follow those of the training.</summary>
    public static Range DocumentsAfter(TrainingSession session)
    {
        long trained = Math.Min(session.Corpus.Count, (long)session.Settings.Steps * session.Settings.BatchSize);
        return (int)trained..(int)Math.Min(session.Corpus.Count, trained + Most);
    }

    /// <summary>Measures the loss on the documents after those of the training.</summary>
    public static HeldOut Of(TrainingSession session)
    {
        Range range = DocumentsAfter(session);
        var packer = new BatchPacker(session.Corpus, batchSize: 1, session.Model.Description.BlockSize);
        double sum = 0.0;
        long tokens = 0;
        for (int document = range.Start.Value; document < range.End.Value; document++)
        {
            Batch batch = packer.Pack(document);
            sum += session.Model.Loss(batch) * batch.Rows;
            tokens += batch.Rows;
        }

        return new HeldOut(range.End.Value - range.Start.Value, range.Start.Value + 1, tokens == 0 ? double.NaN : sum / tokens);
    }
}
