namespace MicroGpt.Runner.Tests.Models;

/// <summary>A model that is another one but for what a test says.</summary>
internal abstract class ForwardingModel(ICompiledModel sound) : ICompiledModel
{
    public virtual ModelDescription Description => sound.Description;

    public int RowCapacity => sound.RowCapacity;

    public int VectorBits => sound.VectorBits;

    public int Threads { get; set; } = 1;

    public void CopyParametersTo(Span<double> destination) => sound.CopyParametersTo(destination);

    public void LoadParameters(ReadOnlySpan<double> source) => sound.LoadParameters(source);

    public double TrainStep(in Batch batch, double learningRate) => sound.TrainStep(batch, learningRate);

    public double TrainStep(in Batch batch, double learningRate, GradientOptimizer optimizer) =>
        sound.TrainStep(batch, learningRate, optimizer);

    public double Loss(in Batch batch) => sound.Loss(batch);

    public virtual double Gradient(in Batch batch, Span<double> gradient) => sound.Gradient(batch, gradient);

    public void CopyAttentionTo(int layer, int head, Span<double> destination) => sound.CopyAttentionTo(layer, head, destination);

    public IModelSession OpenSession() => sound.OpenSession();

    public void Prefill(ReadOnlySpan<int> tokens) => sound.Prefill(tokens);

    public void Decode(int token, int position, Span<double> logits) => sound.Decode(token, position, logits);

    public void Dispose() => sound.Dispose();
}
