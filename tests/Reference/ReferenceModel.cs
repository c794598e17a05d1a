namespace MicroGpt.Reference;

/// <summary>
/// A network on a scalar tape behind the contract of compiled models: slow, plain, in double, and sharing no code with the compiler.
/// Compiled models are checked against it.
/// </summary>
public sealed class ReferenceModel : ICompiledModel, IReference
{
    private readonly IReferenceNetwork _network;
    private readonly IReferenceOptimizer _optimizer;
    private readonly Tape _tape = new();
    private readonly Tape _decodeTape = new();
    private readonly double[] _parameters;
    private readonly double[] _gradient;
    private DocumentMemory[]? _lossMemories;
    private GradientOptimizer? _chosen;
    private IReferenceOptimizer? _chosenState;
    private DocumentMemory? _decodeMemory;
    private int _decodeNext;

    /// <summary>Makes a model whose parameters are all zero.</summary>
    /// <param name="network">The forward pass.</param>
    /// <param name="optimizer">The update rule of <see cref="TrainStep(in Batch, double)"/>.</param>
    public ReferenceModel(IReferenceNetwork network, Optimizer optimizer = Optimizer.Sgd)
        : this(network, optimizer, new double[network.Description.ParameterCount])
    {
    }

    private ReferenceModel(IReferenceNetwork network, Optimizer optimizer, double[] parameters)
    {
        _network = network;
        Description = network.Description with { Optimizer = optimizer };
        _parameters = parameters;
        _gradient = new double[_parameters.Length];
        _optimizer = ReferenceOptimizers.Make(UpdateRule.For(optimizer), Description.Parameters);
    }

    /// <summary>Makes the reference for a model of this shape, parameter order and update rule.</summary>
    public static ReferenceModel Like(ModelDescription description) => new(
        description.Architecture == "MLP"
            ? new ReferenceMlp(description.VocabSize, description.NEmbd)
            : new ReferenceGpt(
                description.VocabSize,
                description.BlockSize!.Value,
                description.NEmbd,
                description.NHead,
                description.NLayer,
                description.Parameters[2].Name == "lm_head" ? ParameterOrder.HeadFirst : ParameterOrder.HeadLast),
        description.Optimizer);

    /// <summary>A registry entry, so that a runner can train the reference as it trains a compiled model.</summary>
    public static ModelEntry Entry(IReferenceNetwork network, Optimizer optimizer = Optimizer.Sgd) => new(
        network.Description with { Optimizer = optimizer }, _ => new ReferenceModel(network, optimizer));

    /// <inheritdoc/>
    public ModelDescription Description { get; }

    /// <summary>No limit: the tape grows.</summary>
    public int RowCapacity => int.MaxValue;

    /// <summary>One double: the reference uses no vectors.</summary>
    public int VectorBits => 64;

    /// <summary>Has no effect: the reference uses one thread.</summary>
    public int Threads
    {
        get => 1;
        set => ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
    }

    /// <inheritdoc/>
    public void CopyParametersTo(Span<double> destination)
    {
        CheckLength(destination.Length, nameof(destination));
        _parameters.CopyTo(destination);
    }

    /// <inheritdoc/>
    public void LoadParameters(ReadOnlySpan<double> source)
    {
        CheckLength(source.Length, nameof(source));
        source.CopyTo(_parameters);
        _optimizer.Reset();
    }

    /// <inheritdoc/>
    public double TrainStep(in Batch batch, double learningRate)
    {
        double loss = Gradient(batch, _gradient);
        _optimizer.Update(_parameters, _gradient, learningRate);
        return loss;
    }

    /// <summary>A training step by the optimizer's rule. The rule's state is the reference's own, not the optimizer's.</summary>
    /// <inheritdoc cref="ICompiledModel.TrainStep(in Batch, double, GradientOptimizer)"/>
    public double TrainStep(in Batch batch, double learningRate, GradientOptimizer optimizer)
    {
        double loss = Gradient(batch, _gradient);
        if (_chosen != optimizer)
        {
            _chosen = optimizer;
            _chosenState = ReferenceOptimizers.Make(optimizer.Rule, Description.Parameters);
        }

        _chosenState!.Update(_parameters, _gradient, learningRate);
        return loss;
    }

    /// <inheritdoc/>
    public double Loss(in Batch batch) => Forward(batch, out _lossMemories).Data;

    /// <inheritdoc/>
    public double Gradient(in Batch batch, Span<double> gradient)
    {
        CheckLength(gradient.Length, nameof(gradient));
        Value loss = Forward(batch, out _);
        _lossMemories = null;
        _tape.Backward(loss);
        for (int i = 0; i < gradient.Length; i++)
        {
            gradient[i] = _tape[i].Gradient;
        }

        return loss.Data;
    }

    /// <inheritdoc/>
    public void CopyAttentionTo(int layer, int head, Span<double> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(layer);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(layer, Description.NLayer);
        ArgumentOutOfRangeException.ThrowIfNegative(head);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(head, Description.NHead);
        if (_lossMemories is null)
        {
            throw new InvalidOperationException("The attention weights are those of a loss.");
        }

        double[][] rows = [.. _lossMemories.SelectMany(memory => memory.AttentionWeights(layer, head))];
        int width = Description.BlockSize!.Value;
        if (destination.Length < rows.Length * width)
        {
            throw new ArgumentException($"Room for {destination.Length} weights, {rows.Length * width} needed.", nameof(destination));
        }

        destination[..(rows.Length * width)].Clear();
        for (int row = 0; row < rows.Length; row++)
        {
            rows[row].CopyTo(destination[(row * width)..]);
        }
    }

    /// <inheritdoc/>
    public IModelSession OpenSession() => new ReferenceModel(_network, Description.Optimizer, _parameters);

    /// <inheritdoc/>
    public void Prefill(ReadOnlySpan<int> tokens)
    {
        if (tokens.IsEmpty)
        {
            throw new ArgumentException("There are no tokens.", nameof(tokens));
        }

        double[] logits = new double[Description.VocabSize];
        for (int position = 0; position < tokens.Length; position++)
        {
            Decode(tokens[position], position, logits);
        }
    }

    /// <inheritdoc/>
    public void Decode(int token, int position, Span<double> logits)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(token);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(token, Description.VocabSize);
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(position, Description.BlockSize ?? int.MaxValue);
        if (logits.Length < Description.VocabSize)
        {
            throw new ArgumentException($"Room for {logits.Length} logits, {Description.VocabSize} needed.", nameof(logits));
        }

        // A network without attention has nothing to remember, so its positions may come in any order.
        if (position == 0 || _decodeMemory is null || Description.NLayer == 0)
        {
            _decodeTape.Reset(_parameters);
            _decodeMemory = NewDocument();
            _decodeNext = Description.NLayer == 0 ? position : 0;
        }

        if (position != _decodeNext)
        {
            throw new ArgumentOutOfRangeException(nameof(position), position, $"The next position is {_decodeNext}.");
        }

        Value[] values = _network.Logits(_decodeTape, _decodeMemory, token, position);
        _decodeNext = position + 1;
        for (int i = 0; i < values.Length; i++)
        {
            logits[i] = values[i].Data;
        }
    }

    /// <summary>Reads a document and returns the logits at each position.</summary>
    /// <returns>[position][vocabulary] logits.</returns>
    public double[][] Logits(ReadOnlySpan<int> tokens)
    {
        _tape.Reset(_parameters);
        return Read(tokens, NewDocument());
    }

    /// <summary>Reads a document and returns where each position looked.</summary>
    /// <returns>[layer][head][query][key ≤ query] weights; each query's sum to one.</returns>
    public double[][][][] AttentionWeights(ReadOnlySpan<int> tokens)
    {
        _tape.Reset(_parameters);
        DocumentMemory memory = NewDocument();
        Read(tokens, memory);
        return
        [
            .. Enumerable.Range(0, Description.NLayer).Select(layer => Enumerable.Range(0, Description.NHead)
                .Select(head => memory.AttentionWeights(layer, head).ToArray()).ToArray()),
        ];
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private DocumentMemory NewDocument() => new(Description.NLayer, Description.NHead);

    private double[][] Read(ReadOnlySpan<int> tokens, DocumentMemory memory)
    {
        double[][] logits = new double[tokens.Length][];
        for (int position = 0; position < tokens.Length; position++)
        {
            logits[position] = Array.ConvertAll(
                _network.Logits(_tape, memory, tokens[position], position), value => value.Data);
        }

        return logits;
    }

    /// <summary>The mean of -ln p(target) over all rows of all segments, on a fresh tape.</summary>
    private Value Forward(in Batch batch, out DocumentMemory[] memories)
    {
        Check(batch);
        memories = new DocumentMemory[batch.Segments];
        _tape.Reset(_parameters);
        Value sum = _tape.Leaf(0);
        for (int segment = 0; segment < batch.Segments; segment++)
        {
            DocumentMemory memory = memories[segment] = NewDocument();
            int start = batch.Starts[segment];
            for (int row = start; row < batch.Starts[segment + 1]; row++)
            {
                Value[] logits = _network.Logits(_tape, memory, batch.Tokens[row], row - start);
                sum -= Layers.Softmax(logits)[batch.Targets[row]].Log();
            }
        }

        return sum / batch.Rows;
    }

    private void Check(in Batch batch)
    {
        if (batch.Rows == 0 || batch.Targets.Length != batch.Rows
            || batch.Segments < 1 || batch.Starts[0] != 0 || batch.Starts[^1] != batch.Rows)
        {
            throw new ArgumentException("The batch is empty, or its parts do not fit together.", nameof(batch));
        }

        for (int segment = 0; segment < batch.Segments; segment++)
        {
            int length = batch.Starts[segment + 1] - batch.Starts[segment];
            if (length < 1 || length > (Description.BlockSize ?? int.MaxValue))
            {
                throw new ArgumentException(
                    $"Segment {segment} has {length} rows; allowed are 1 to {Description.BlockSize ?? int.MaxValue}.", nameof(batch));
            }
        }

        CheckTokens(batch.Tokens, "reads", nameof(batch));
        CheckTokens(batch.Targets, "is to predict", nameof(batch));
    }

    private void CheckTokens(ReadOnlySpan<int> tokens, string what, string name)
    {
        int row = tokens.IndexOfAnyExceptInRange(0, Description.VocabSize - 1);
        if (row >= 0)
        {
            throw new ArgumentException($"Row {row} {what} token {tokens[row]}, outside of 0 to {Description.VocabSize - 1}.", name);
        }
    }

    private void CheckLength(int length, string name)
    {
        if (length != _parameters.Length)
        {
            throw new ArgumentException($"{length} elements given, {_parameters.Length} parameters.", name);
        }
    }
}
