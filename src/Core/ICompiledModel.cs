namespace MicroGpt;

/// <summary>
/// What every generated model fulfils. Calls through this interface happen once a step, never inside one.
/// </summary>
/// <remarks>
/// Parameters and gradients cross this border in the canonical form: dense, in the order of
/// <see cref="ModelDescription.Parameters"/>, each matrix row by row as <c>[out][in]</c>, always in double (which holds
/// every <see cref="float"/> exactly). Inside, a model keeps whatever layout suits its kernels.
/// An instance is not thread-safe.
/// </remarks>
public interface ICompiledModel : IModelSession
{
    /// <summary>Rows (positions) that fit in one batch; a batch with more throws.</summary>
    int RowCapacity { get; }

    /// <summary>Width of the vectors in use, in bits: 128, 256 or 512.</summary>
    int VectorBits { get; }

    /// <summary>
    /// Threads that a training step, a loss or a gradient may use; 1 at first. Results are the same to the last bit for any
    /// number.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is less than 1.</exception>
    int Threads { get; set; }

    /// <summary>Copies all parameters out, in canonical form.</summary>
    /// <param name="destination"><see cref="ModelDescription.ParameterCount"/> elements.</param>
    /// <exception cref="ArgumentException">The span has another length.</exception>
    void CopyParametersTo(Span<double> destination);

    /// <summary>Replaces all parameters, given in canonical form, and forgets the optimizer's state.</summary>
    /// <param name="source"><see cref="ModelDescription.ParameterCount"/> elements.</param>
    /// <exception cref="ArgumentException">The span has another length.</exception>
    void LoadParameters(ReadOnlySpan<double> source);

    /// <summary>Copies one parameter out, in canonical form.</summary>
    /// <param name="parameter">One of <see cref="ModelDescription.Parameters"/>.</param>
    /// <param name="destination"><see cref="ParameterInfo.Count"/> elements.</param>
    /// <exception cref="ArgumentException">The span has another length, or the parameter is another model's.</exception>
    void CopyParameterTo(ParameterInfo parameter, Span<double> destination)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        double[] all = new double[Description.ParameterCount];
        CopyParametersTo(all);
        all.AsSpan(parameter.Offset, parameter.Count).CopyTo(destination);
    }

    /// <summary>
    /// Replaces all parameters, one after the other, and forgets the optimizer's state. Compiled models have room for the largest one at a
    /// time, so that those of a large model are never in memory in double precision.
    /// </summary>
    /// <param name="read">
    /// Is called once for each of <see cref="ModelDescription.Parameters"/>, in their order. Where it throws, the parameters are those that
    /// were read until then, and zeros.
    /// </param>
    void LoadParameters(ParameterReader read)
    {
        ArgumentNullException.ThrowIfNull(read);
        double[] all = new double[Description.ParameterCount];
        foreach (ParameterInfo parameter in Description.Parameters)
        {
            read(parameter, all.AsSpan(parameter.Offset, parameter.Count));
        }

        LoadParameters(all);
    }

    /// <summary>One training step: forward, backward and update. Allocates nothing.</summary>
    /// <param name="batch">Packed documents.</param>
    /// <param name="learningRate">The step's learning rate.</param>
    /// <returns>The loss before the update: the mean of -ln p(target) over all rows, in nats.</returns>
    /// <exception cref="ArgumentException">
    /// The batch is empty, has more rows than fit, a segment longer than the block size, or a token outside the vocabulary.
    /// </exception>
    double TrainStep(in Batch batch, double learningRate);

    /// <summary>
    /// One training step whose update rule is chosen at run time: forward, backward into a stored gradient, and the rule over
    /// all parameters at once. Allocates nothing after the first.
    /// </summary>
    /// <param name="batch">Packed documents.</param>
    /// <param name="learningRate">The step's learning rate.</param>
    /// <param name="optimizer">The rule and its state; use one optimizer with one model.</param>
    /// <returns>The loss before the update, in nats.</returns>
    /// <exception cref="ArgumentException">As for the other overload.</exception>
    double TrainStep(in Batch batch, double learningRate, GradientOptimizer optimizer);

    /// <summary>The loss and its gradient with respect to every parameter, parameters untouched.</summary>
    /// <param name="batch">Packed documents.</param>
    /// <param name="gradient">Receives <see cref="ModelDescription.ParameterCount"/> elements, in canonical form.</param>
    /// <returns>The loss in nats.</returns>
    /// <exception cref="ArgumentException">As for <see cref="TrainStep(in Batch, double)"/>, or the span has another length.</exception>
    double Gradient(in Batch batch, Span<double> gradient);

    /// <summary>The attention weights of the batch that <see cref="IModelSession.Loss"/> was last called with.</summary>
    /// <param name="layer">0 to layers - 1.</param>
    /// <param name="head">0 to heads - 1.</param>
    /// <param name="destination">
    /// Receives [rows, block size], without a block size [rows, rows of the batch]: for each row the weights of the positions of its
    /// document up to its own (they sum to 1; those before a window are 0), then zeros.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such layer or head.</exception>
    /// <exception cref="ArgumentException">The span is too short.</exception>
    /// <exception cref="InvalidOperationException">The last call was not to <see cref="IModelSession.Loss"/>.</exception>
    void CopyAttentionTo(int layer, int head, Span<double> destination);

    /// <summary>
    /// A session that reads this model's parameters and has caches of its own: the parameters are in memory once, however many sessions
    /// there are. It takes the memory of a batch for as long as it computes one, of any number of rows.
    /// </summary>
    /// <remarks>
    /// Sessions may be opened and used on any threads at once while nothing changes the parameters: no training step, no
    /// <see cref="LoadParameters(ReadOnlySpan{double})"/>. The parameters stay until the model and all its sessions are disposed of.
    /// </remarks>
    /// <exception cref="ObjectDisposedException">The model is disposed of.</exception>
    IModelSession OpenSession();
}
