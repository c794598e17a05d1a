namespace MicroGpt.Reference;

/// <summary>The course's step 0: <c>p(next | token) = (count + 1) / (Σ counts + vocabulary)</c>, learned by counting pairs.</summary>
public sealed class CountingModel
{
    private readonly int[,] _counts;
    private readonly int _vocabSize;

    /// <summary>Starts with all counts at zero, which is the uniform distribution.</summary>
    /// <param name="vocabSize">Number of tokens.</param>
    public CountingModel(int vocabSize)
    {
        _vocabSize = vocabSize;
        _counts = new int[vocabSize, vocabSize];
    }

    /// <summary>p(next | token).</summary>
    public double Probability(int token, int next)
    {
        int total = 0;
        for (int i = 0; i < _vocabSize; i++)
        {
            total += _counts[token, i];
        }

        return (_counts[token, next] + 1) / (double)(total + _vocabSize);
    }

    /// <summary>The mean of -ln p(target) over all rows, in nats.</summary>
    public double Loss(in Batch batch)
    {
        double sum = 0;
        for (int row = 0; row < batch.Rows; row++)
        {
            sum -= Math.Log(Probability(batch.Tokens[row], batch.Targets[row]));
        }

        return sum / batch.Rows;
    }

    /// <summary>Returns the loss, then counts the batch's pairs.</summary>
    public double TrainStep(in Batch batch)
    {
        double loss = Loss(batch);
        for (int row = 0; row < batch.Rows; row++)
        {
            _counts[batch.Tokens[row], batch.Targets[row]]++;
        }

        return loss;
    }
}
