namespace MicroGpt.Runner.Tests.Models;

/// <summary>A model whose gradient is off by a thousandth in one element.</summary>
internal sealed class WrongGradient(ICompiledModel sound) : ICompiledModel
{
    public ModelDescription Description => sound.Description;

    public int RowCapacity => sound.RowCapacity;

    public int VectorBits => sound.VectorBits;

    public int Threads { get; set; } = 1;

    public void CopyParametersTo(Span<double> destination) => sound.CopyParametersTo(destination);

    public void LoadParameters(ReadOnlySpan<double> source) => sound.LoadParameters(source);

    public double TrainStep(in Batch batch, double learningRate) => sound.TrainStep(batch, learningRate);

    public double TrainStep(in Batch batch, double learningRate, GradientOptimizer optimizer) =>
        sound.TrainStep(batch, learningRate, optimizer);

    public double Loss(in Batch batch) => sound.Loss(batch);

    public double Gradient(in Batch batch, Span<double> gradient)
    {
        double loss = sound.Gradient(batch, gradient);
        gradient[123] += 1e-3;
        return loss;
    }

    public void CopyAttentionTo(int layer, int head, Span<double> destination) => sound.CopyAttentionTo(layer, head, destination);

    public IModelSession OpenSession() => sound.OpenSession();

    public void Prefill(ReadOnlySpan<int> tokens) => sound.Prefill(tokens);

    public void Decode(int token, int position, Span<double> logits) => sound.Decode(token, position, logits);

    public void Dispose() => sound.Dispose();
}
