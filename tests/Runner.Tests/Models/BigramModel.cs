namespace MicroGpt.Runner.Tests.Models;

/// <summary>
/// A small model written by hand, so that the runner is tested apart from the compiler: the logits of the next token are a
/// row of a table, chosen by the present token. Its exact gradient is (softmax - one-hot) / rows.
/// </summary>
internal sealed class BigramModel : ICompiledModel, IModelState
{
    private readonly int vocabulary;
    private readonly double[] table;
    private readonly double[] gradient;
    private readonly double[] probabilities;

    private BigramModel(ModelDescription description, int rowCapacity, double[]? shared = null)
    {
        Description = description;
        RowCapacity = rowCapacity == 0 ? description.BlockSize ?? 16 : rowCapacity;
        vocabulary = description.VocabSize;
        table = shared ?? new double[vocabulary * vocabulary];
        gradient = new double[table.Length];
        probabilities = new double[vocabulary];
    }

    public ModelDescription Description { get; }

    public int RowCapacity { get; }

    public int VectorBits => 128;

    public int Threads { get; set; } = 1;

    public IReadOnlyList<string> StateNames => [];

    public long Updates { get; set; }

    public unsafe void CopyStateTo(GradientOptimizer? optimizer, string name, Span<double> destination) =>
        new ReadOnlySpan<double>(StateOf(optimizer, name), table.Length).CopyTo(destination);

    public unsafe void LoadState(GradientOptimizer? optimizer, string name, ReadOnlySpan<double> source) =>
        source.CopyTo(new Span<double>(StateOf(optimizer, name), table.Length));

    public void CopyStateTo(GradientOptimizer? optimizer, string name, ParameterInfo parameter, Span<double> destination) =>
        CopyStateTo(optimizer, name, destination); // there is one parameter

    public void LoadState(GradientOptimizer? optimizer, string name, ParameterReader read)
    {
        double[] values = new double[table.Length];
        read(Description.Parameters[0], values);
        LoadState(optimizer, name, values);
    }

    public static ModelEntry Entry(
        string name = "Bigram",
        int vocabSize = 27,
        int? blockSize = 16,
        string architecture = "GPT",
        Optimizer optimizer = Optimizer.Sgd,
        double initStd = 0.08)
    {
        var description = new ModelDescription
        {
            Name = name,
            Architecture = architecture,
            VocabSize = vocabSize,
            BlockSize = blockSize,
            NEmbd = vocabSize,
            NHead = blockSize is null ? 0 : 1,
            NLayer = blockSize is null ? 0 : 1,
            Precision = Precision.Double,
            Optimizer = optimizer,
            InitStd = initStd,
            Parameters = [new ParameterInfo("table", vocabSize, vocabSize, 0)],
            FlopsPerRow = 6L * vocabSize,
            FlopsPerPair = 0,
        };
        return new ModelEntry(description, rows => new BigramModel(description, rows));
    }

    public void CopyParametersTo(Span<double> destination) => table.CopyTo(destination);

    public void LoadParameters(ReadOnlySpan<double> source)
    {
        if (source.Length != table.Length)
        {
            throw new ArgumentException("wrong length", nameof(source));
        }

        source.CopyTo(table);
        Updates = 0;
    }

    public double TrainStep(in Batch batch, double learningRate)
    {
        double loss = Gradient(batch, gradient);
        Updates++;
        for (int i = 0; i < table.Length; i++)
        {
            table[i] -= learningRate * gradient[i];
        }

        return loss;
    }

    public unsafe double TrainStep(in Batch batch, double learningRate, GradientOptimizer optimizer)
    {
        double loss = Gradient(batch, gradient);
        fixed (double* weights = table, slopes = gradient)
        {
            optimizer.Update(weights, slopes, table.Length, learningRate);
        }

        return loss;
    }

    public void CopyAttentionTo(int layer, int head, Span<double> destination) =>
        throw new ArgumentOutOfRangeException(nameof(layer), layer, "This model has no attention.");

    public double Loss(in Batch batch) => Gradient(batch, gradient);

    public double Gradient(in Batch batch, Span<double> destination)
    {
        Check(batch);
        destination.Clear();
        double loss = 0.0;
        for (int row = 0; row < batch.Rows; row++)
        {
            int token = batch.Tokens[row];
            int target = batch.Targets[row];
            Softmax(token);
            loss -= Math.Log(probabilities[target]);
            for (int next = 0; next < vocabulary; next++)
            {
                destination[(token * vocabulary) + next] += (probabilities[next] - (next == target ? 1.0 : 0.0)) / batch.Rows;
            }
        }

        return loss / batch.Rows;
    }

    public IModelSession OpenSession() => new BigramModel(Description, RowCapacity, table);

    public void Prefill(ReadOnlySpan<int> tokens)
    {
        double[] logits = new double[vocabulary];
        for (int position = 0; position < tokens.Length; position++)
        {
            Decode(tokens[position], position, logits);
        }
    }

    public void Decode(int token, int position, Span<double> logits)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(position, Description.BlockSize ?? int.MaxValue);
        table.AsSpan(token * vocabulary, vocabulary).CopyTo(logits);
    }

    public void Dispose()
    {
    }

    private unsafe double* StateOf(GradientOptimizer? optimizer, string name) => optimizer is null
        ? throw new ArgumentException($"Gradient descent keeps no {name}.", nameof(name))
        : optimizer.State<double>(name, table.Length);

    private void Softmax(int token)
    {
        ReadOnlySpan<double> logits = table.AsSpan(token * vocabulary, vocabulary);
        double max = double.NegativeInfinity;
        foreach (double logit in logits)
        {
            max = Math.Max(max, logit);
        }

        double sum = 0.0;
        for (int i = 0; i < vocabulary; i++)
        {
            probabilities[i] = Math.Exp(logits[i] - max);
            sum += probabilities[i];
        }

        for (int i = 0; i < vocabulary; i++)
        {
            probabilities[i] /= sum;
        }
    }

    private void Check(in Batch batch)
    {
        if (batch.Rows == 0 || batch.Rows > RowCapacity || batch.Starts[^1] != batch.Rows)
        {
            throw new ArgumentException("bad batch", nameof(batch));
        }

        for (int segment = 0; segment < batch.Segments; segment++)
        {
            if (batch.Starts[segment + 1] - batch.Starts[segment] > (Description.BlockSize ?? int.MaxValue))
            {
                throw new ArgumentException("segment too long", nameof(batch));
            }
        }
    }
}
