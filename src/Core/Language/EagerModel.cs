using MicroGpt.Runtime;

namespace MicroGpt;

/// <summary>
/// A model run as the ordinary program that it is: its <c>Forward</c> is called, a debugger steps through it, and everything is computed
/// in double, operation by operation. The meaning that a compiled model is compared with; slow, and not for training.
/// </summary>
/// <remarks>
/// Parameters and gradients cross this border as in <see cref="ICompiledModel"/>: dense, in canonical order, which is the order in which
/// C# constructs the fields. An instance is not thread-safe.
/// </remarks>
/// <example><code>
/// var model = new EagerModel(() => new TinyLlama().Forward, vocabSize: 27, blockSize: 16);
/// </code></example>
public sealed class EagerModel
{
    private readonly Func<Tokens, Tensor> _forward;
    private readonly Parameter[] _parameters;
    private double[][]? _values;

    /// <summary>Constructs a model.</summary>
    /// <param name="construct">Makes an instance and gives its <c>Forward</c>: <c>() => new TinyLlama().Forward</c>.</param>
    /// <param name="vocabSize">Number of tokens, as in the model's attribute.</param>
    /// <param name="blockSize">Largest number of positions of one document; 0 for no limit.</param>
    /// <param name="initStd">Standard deviation that matrices start with unless they say otherwise.</param>
    /// <exception cref="LanguageException">
    /// A parameter or module is made elsewhere than in a field initialiser, or is out of range.
    /// </exception>
    /// <remarks>
    /// Names of parameters are those of their fields, below that of the array of modules they are in. Names of single modules
    /// are known to a compiled model alone.
    /// </remarks>
    public EagerModel(Func<Func<Tokens, Tensor>> construct, int vocabSize, int blockSize, double initStd = 0.08)
    {
        ArgumentNullException.ThrowIfNull(construct);
        ArgumentOutOfRangeException.ThrowIfLessThan(vocabSize, 1);
        ArgumentOutOfRangeException.ThrowIfNegative(blockSize);
        VocabSize = vocabSize;
        BlockSize = blockSize;
        using var construction = new Construction();
        _forward = construct();
        _parameters = [.. construction.Parameters];
        Parameters = Describe(initStd);
    }

    /// <summary>Constructs the eager twin of a compiled model, whose names the parameters bear.</summary>
    /// <param name="construct">Makes an instance and gives its <c>Forward</c>.</param>
    /// <param name="description">The compiled model's constants.</param>
    /// <exception cref="ArgumentException">The instance has other parameters than the description.</exception>
    public EagerModel(Func<Func<Tokens, Tensor>> construct, ModelDescription description)
        : this(construct, description.VocabSize, description.BlockSize ?? 0, description.InitStd)
    {
        for (int i = 0; i < Math.Max(_parameters.Length, description.Parameters.Count); i++)
        {
            if (i >= _parameters.Length || i >= description.Parameters.Count
                || (Parameters[i].Rows, Parameters[i].Columns) != (description.Parameters[i].Rows, description.Parameters[i].Columns))
            {
                throw new ArgumentException(
                    $"{description.Name} was compiled with other parameters than its class makes when it runs: "
                    + $"they differ at number {i + 1}, {(i < _parameters.Length ? _parameters[i] : "missing here")}.",
                    nameof(description));
            }

            _parameters[i].Name = description.Parameters[i].Name;
        }

        Parameters = [.. Parameters.Select((p, i) => p with { Name = _parameters[i].Name })];
    }

    /// <summary>Number of tokens.</summary>
    public int VocabSize { get; }

    /// <summary>Largest number of positions of one document; 0 where there is no limit.</summary>
    public int BlockSize { get; }

    /// <summary>The parameters in canonical order, which is also the order in which they are initialised.</summary>
    public IReadOnlyList<ParameterInfo> Parameters { get; }

    /// <summary>Total number of parameters.</summary>
    public int ParameterCount => Parameters.Sum(p => p.Count);

    /// <summary>Replaces all parameters, given in canonical form.</summary>
    /// <param name="source"><see cref="ParameterCount"/> elements.</param>
    /// <exception cref="ArgumentException">The span has another length.</exception>
    public void LoadParameters(ReadOnlySpan<double> source)
    {
        RequireLength(source.Length, nameof(source));
        _values ??= [.. Parameters.Select(p => new double[p.Count])];
        for (int i = 0; i < _parameters.Length; i++)
        {
            source.Slice(Parameters[i].Offset, Parameters[i].Count).CopyTo(_values[i]);
        }
    }

    /// <summary>Copies all parameters out, in canonical form.</summary>
    /// <param name="destination"><see cref="ParameterCount"/> elements.</param>
    /// <exception cref="ArgumentException">The span has another length.</exception>
    /// <exception cref="InvalidOperationException">None have been loaded.</exception>
    public void CopyParametersTo(Span<double> destination)
    {
        RequireLength(destination.Length, nameof(destination));
        for (int i = 0; i < _parameters.Length; i++)
        {
            Values[i].CopyTo(destination[Parameters[i].Offset..]);
        }
    }

    /// <summary>The logits of a batch, [rows, vocabulary]; <see cref="Tensor.ToArray"/> gives the numbers.</summary>
    /// <param name="batch">Packed documents.</param>
    /// <exception cref="ArgumentException">
    /// The batch is empty, a segment is longer than the block size, or a token is outside the vocabulary.
    /// </exception>
    /// <exception cref="LanguageException">The model is wrong; the message says what, the stack trace where.</exception>
    /// <exception cref="InvalidOperationException">No parameters have been loaded.</exception>
    public Tensor Logits(in Batch batch) => Run(batch, null);

    /// <summary>The mean of −ln p(target) over all rows, in nats.</summary>
    /// <inheritdoc cref="Logits"/>
    public double Loss(in Batch batch)
    {
        var logits = Run(batch, null);
        return RowOperations.CrossEntropy(logits, logits.Pass!.Targets).Loss;
    }

    /// <summary>The loss and its gradient with respect to every parameter.</summary>
    /// <param name="batch">Packed documents.</param>
    /// <param name="gradient">Receives <see cref="ParameterCount"/> elements, in canonical form.</param>
    /// <returns>The loss in nats.</returns>
    /// <exception cref="ArgumentException">As for <see cref="Logits"/>, or the span has another length.</exception>
    /// <inheritdoc cref="Logits"/>
    public double Gradient(in Batch batch, Span<double> gradient) => Differentiate(Run(batch, null), gradient);

    /// <summary>The loss and its gradient as a training step has them: what dropout drops is 0.</summary>
    /// <param name="batch">Packed documents.</param>
    /// <param name="gradient">Receives <see cref="ParameterCount"/> elements, in canonical form.</param>
    /// <param name="dropout">What decides which elements are dropped.</param>
    /// <returns>The loss in nats.</returns>
    /// <exception cref="ArgumentException">As for <see cref="Logits"/>, or the span has another length.</exception>
    /// <inheritdoc cref="Logits"/>
    public double Gradient(in Batch batch, Span<double> gradient, DropoutDraw dropout) => Differentiate(Run(batch, dropout), gradient);

    private double[][] Values => _values ?? throw new InvalidOperationException(
        "The model has no parameters yet: load some with LoadParameters.");

    private Tensor Run(in Batch batch, DropoutDraw? dropout)
    {
        // It checks the batch.
        using (var rows = new PackedRows(batch.Rows, VocabSize, BlockSize))
        {
            rows.Load(batch);
        }

        var pass = new ForwardPass(batch, VocabSize, BlockSize) { Dropout = dropout, IsRunning = true };
        for (int i = 0; i < _parameters.Length; i++)
        {
            _parameters[i].Begin(pass, Values[i]);
        }

        try
        {
            var logits = _forward(new Tokens(pass)).Heads(1);
            return !logits.IsVector && logits.Channels == VocabSize
                ? logits
                : throw new LanguageException(
                    $"Forward returns {logits}, but must return logits [rows, {VocabSize}], one for each token of the vocabulary");
        }
        finally
        {
            pass.IsRunning = false;
        }
    }

    private double Differentiate(Tensor logits, Span<double> gradient)
    {
        RequireLength(gradient.Length, nameof(gradient));
        var (loss, dlogits) = RowOperations.CrossEntropy(logits, logits.Pass!.Targets);
        logits.Pass.Backpropagate(logits, dlogits);
        gradient.Clear();
        for (int i = 0; i < _parameters.Length; i++)
        {
            _parameters[i].Gradient?.CopyTo(gradient[Parameters[i].Offset..]);
        }

        return loss;
    }

    private List<ParameterInfo> Describe(double initStd)
    {
        var infos = new List<ParameterInfo>();
        int offset = 0;
        foreach (var parameter in _parameters)
        {
            var info = new ParameterInfo(parameter.Name, parameter.StoredRows, parameter.Axis.Count, offset)
            {
                IsVector = parameter.IsVector,
                Mean = parameter.Mean,
                Std = parameter.Std ?? initStd,
            };
            infos.Add(info);
            offset = checked(offset + info.Count);
        }

        return infos;
    }

    private void RequireLength(int length, string parameter)
    {
        if (length != ParameterCount)
        {
            throw new ArgumentException($"The model has {ParameterCount} parameters, but the span has {length} elements.", parameter);
        }
    }
}
