using MicroGpt.Runner;
using MicroGpt.Runner.Data;

namespace MicroGpt.Course;

/// <summary>
/// The course's step 0, a model without a gradient: it counts which token follows which and predicts
/// <c>p(next | token) = (count + 1) / (Σ counts + vocabulary)</c>. A training step measures the loss first and counts then,
/// as the other models measure theirs before the update. Its parameters are the counts.
/// </summary>
public sealed class CountingModel : ICompiledModel
{
    // Half a gigabyte of counts; more characters than that call for a model with an embedding.
    private const int LargestVocabulary = 8192;

    private readonly int vocabulary;
    private readonly double[] counts;
    private readonly double[] totals;

    private CountingModel(ModelDescription description, int rowCapacity, double[] counts, double[] totals)
    {
        Description = description;
        RowCapacity = rowCapacity;
        vocabulary = description.VocabSize;
        this.counts = counts;
        this.totals = totals;
    }

    /// <inheritdoc/>
    public ModelDescription Description { get; }

    /// <inheritdoc/>
    public int RowCapacity { get; }

    /// <summary>64: counting works number by number, without vectors.</summary>
    public int VectorBits => 64;

    /// <summary>Kept for the contract; counting uses one thread.</summary>
    public int Threads { get; set; } = 1;

    /// <summary>The model for a corpus: its vocabulary is the tokens in use.</summary>
    /// <exception cref="RunnerException">There are too many different tokens for a table of pairs.</exception>
    public static ModelEntry For(Corpus corpus)
    {
        int vocabulary = corpus.Tokenizer.Count;
        if (vocabulary > LargestVocabulary)
        {
            throw RunnerException.Usage(
                $"{corpus.Source} has {vocabulary} different tokens; counting every pair of them (step 0) "
                    + $"takes at most {LargestVocabulary}.");
        }

        var description = new ModelDescription
        {
            Name = "Counting",
            Architecture = "counts",
            VocabSize = vocabulary,
            BlockSize = null,
            NEmbd = vocabulary,
            NHead = 0,
            NLayer = 0,
            Precision = Precision.Double,
            Optimizer = Optimizer.Sgd,
            InitStd = 0.0,
            Parameters = [new ParameterInfo("counts", vocabulary, vocabulary, 0)],
            FlopsPerRow = 1,
            FlopsPerPair = 0,
            Graphs = new ModelGraphs(() => Forward(vocabulary), () => ModelGraph.Empty),
        };
        return new ModelEntry(
            description, rows => new CountingModel(description, rows, new double[vocabulary * vocabulary], new double[vocabulary]));
    }

    /// <inheritdoc/>
    public void CopyParametersTo(Span<double> destination)
    {
        CheckLength(destination.Length, nameof(destination));
        counts.CopyTo(destination);
    }

    /// <inheritdoc/>
    public void LoadParameters(ReadOnlySpan<double> source)
    {
        CheckLength(source.Length, nameof(source));
        source.CopyTo(counts);
        for (int token = 0; token < vocabulary; token++)
        {
            totals[token] = 0.0;
            foreach (double count in counts.AsSpan(token * vocabulary, vocabulary))
            {
                totals[token] += count;
            }
        }
    }

    /// <summary>The loss under the counts so far; then the batch's pairs are counted. There is no learning rate.</summary>
    public double TrainStep(in Batch batch, double learningRate)
    {
        double loss = Loss(batch);
        for (int row = 0; row < batch.Rows; row++)
        {
            counts[(batch.Tokens[row] * vocabulary) + batch.Targets[row]]++;
            totals[batch.Tokens[row]]++;
        }

        return loss;
    }

    /// <summary>Not to be had: counting has no gradient that an update rule could use.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public double TrainStep(in Batch batch, double learningRate, GradientOptimizer optimizer) => throw NoGradient();

    /// <inheritdoc/>
    public double Loss(in Batch batch)
    {
        if (batch.Rows == 0)
        {
            throw new ArgumentException("The batch is empty.", nameof(batch));
        }

        double sum = 0.0;
        for (int row = 0; row < batch.Rows; row++)
        {
            sum -= Math.Log(Probability(batch.Tokens[row], batch.Targets[row]));
        }

        return sum / batch.Rows;
    }

    /// <summary>Not to be had: counting has no gradient.</summary>
    /// <exception cref="NotSupportedException">Always.</exception>
    public double Gradient(in Batch batch, Span<double> gradient) => throw NoGradient();

    /// <summary>Not to be had: counting has no attention.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Always: there is no layer.</exception>
    public void CopyAttentionTo(int layer, int head, Span<double> destination) =>
        throw new ArgumentOutOfRangeException(nameof(layer), layer, "Counting has no attention.");

    /// <inheritdoc/>
    public IModelSession OpenSession() => new CountingModel(Description, RowCapacity, counts, totals);

    /// <summary>Checks the tokens; there is nothing to remember of them.</summary>
    public void Prefill(ReadOnlySpan<int> tokens)
    {
        if (tokens.IsEmpty)
        {
            throw new ArgumentException("There are no tokens.", nameof(tokens));
        }

        foreach (int token in tokens)
        {
            ArgumentOutOfRangeException.ThrowIfNegative(token);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(token, vocabulary);
        }
    }

    /// <summary>The logarithms of the probabilities after a token; the position does not matter.</summary>
    public void Decode(int token, int position, Span<double> logits)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(token);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(token, vocabulary);
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        for (int next = 0; next < vocabulary; next++)
        {
            logits[next] = Math.Log(Probability(token, next));
        }
    }

    /// <summary>Nothing to free.</summary>
    public void Dispose()
    {
    }

    /// <summary>logits = ln((counts[token] + 1) / Σ (counts[token] + 1))</summary>
    private static ModelGraph Forward(int vocabulary)
    {
        GraphShape row = GraphShape.Rows(vocabulary);
        var g = new ModelGraphBuilder();
        g.Add("tokens", "Input", GraphShape.Indices).With("value", "tokens");
        g.Add("counts", "Parameter", GraphShape.Matrix(vocabulary, vocabulary)).With("parameter", "counts");
        g.Add("one", "Constant", GraphShape.Scalar).With("value", 1);
        g.Add("counted", "Embed", row, "counts", "tokens");
        g.Add("plus_one", "Add", row, "counted", "one");
        g.Add("sum", "Sum", GraphShape.Rows(1), "plus_one");
        g.Add("sums", "RepeatChannels", row, "sum");
        g.Add("probability", "Divide", row, "plus_one", "sums");
        g.Add("logits", "Log", row, "probability");
        return g.Build("logits");
    }

    private static NotSupportedException NoGradient() => new("Counting has no gradient.");

    private double Probability(int token, int next) => (counts[(token * vocabulary) + next] + 1.0) / (totals[token] + vocabulary);

    private void CheckLength(int length, string name)
    {
        if (length != counts.Length)
        {
            throw new ArgumentException($"Expected {counts.Length} counts, got {length}.", name);
        }
    }
}
