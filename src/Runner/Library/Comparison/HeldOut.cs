using MicroGpt.Runner.Evaluation;
using MicroGpt.Runner.Messages;
using MicroGpt.Runner.Training;

namespace MicroGpt.Runner.Comparison;

/// <summary>The loss on data that was not trained on.</summary>
/// <param name="Scope">What it was measured on, as a sentence without its full stop.</param>
/// <param name="Loss">The loss; of no token where the training left nothing.</param>
internal sealed record HeldOut(string Scope, HeldOutLoss Loss)
{
    /// <summary>The most documents that are taken where none are held out for validation.</summary>
    public const int Most = 1000;

    /// <summary>
    /// The documents, by place in the shuffled list, that were not trained on: those held out for validation or, without them, at most
    /// <see cref="Most"/> after those of the training.
    /// </summary>
    public static Range DocumentsAfter(TrainingSession session)
    {
        if (session.Validation is not null)
        {
            return session.Split.TrainingDocuments.Length..session.Split.Order.Length;
        }

        long trained = Math.Min(session.Corpus.Count, session.Settings.Items);
        return (int)trained..(int)Math.Min(session.Corpus.Count, trained + Most);
    }

    /// <summary>Measures the loss on what was not trained on, as all ranks of the session do together.</summary>
    public static HeldOut Of(TrainingSession session)
    {
        if (session.Validation is Validation validation)
        {
            Evaluator evaluator = validation.Evaluator;
            return new HeldOut($"{evaluator.Scope}, held out by --validation", evaluator.Measure(session.Model, session.Ranks));
        }

        Range range = DocumentsAfter(session);
        ReadOnlyMemory<int> documents = session.Split.Order[range];
        HeldOutLoss loss = Evaluator.OfDocuments(session.Corpus, documents, session.Model.Description.BlockSize, session.Model.RowCapacity)
            .Measure(session.Model, session.Ranks);
        int first = range.Start.Value + 1;
        string scope = documents.Length switch
        {
            0 when session.Corpus.IsStream => "none: the training used the whole stream; --validation holds a part of it out",
            0 => "none: the training used all documents; --validation holds some out",
            Most => FormattableString.Invariant($"documents {first:N0} to {first + documents.Length - 1:N0} of the shuffled list"),
            _ => $"the last {Counted.Of(documents.Length, "document")} of the shuffled list, all that the training left",
        };
        return new HeldOut(scope, loss);
    }
}
