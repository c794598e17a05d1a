namespace MicroGpt.Reference;

/// <summary>What a compiled model is compared with: slow, in double, and sharing no code with what is compiled.</summary>
public interface IReference
{
    /// <summary>Dimensions and parameter table, made without the compiler.</summary>
    ModelDescription Description { get; }

    /// <inheritdoc cref="ICompiledModel.CopyParametersTo"/>
    void CopyParametersTo(Span<double> destination);

    /// <inheritdoc cref="ICompiledModel.LoadParameters(ReadOnlySpan{double})"/>
    void LoadParameters(ReadOnlySpan<double> source);

    /// <inheritdoc cref="ICompiledModel.TrainStep(in Batch, double)"/>
    double TrainStep(in Batch batch, double learningRate);

    /// <summary>A training step by the optimizer's rule. The rule's state is the reference's own, not the optimizer's.</summary>
    /// <inheritdoc cref="ICompiledModel.TrainStep(in Batch, double, GradientOptimizer)"/>
    double TrainStep(in Batch batch, double learningRate, GradientOptimizer optimizer);

    /// <inheritdoc cref="ICompiledModel.Gradient"/>
    double Gradient(in Batch batch, Span<double> gradient);

    /// <summary>Reads a document and returns the logits at each position.</summary>
    /// <param name="tokens">The document.</param>
    /// <returns>[position][vocabulary] logits.</returns>
    double[][] Logits(ReadOnlySpan<int> tokens);
}
