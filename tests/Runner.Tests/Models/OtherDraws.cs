namespace MicroGpt.Runner.Tests.Models;

/// <summary>A model that drops other elements than it is told to.</summary>
internal sealed class OtherDraws(ICompiledModel sound) : ICompiledModel, IModelDropout
{
    private readonly IModelDropout dropping = (IModelDropout)sound;

    public ModelDescription Description => sound.Description;

    public int RowCapacity => sound.RowCapacity;

    public int VectorBits => sound.VectorBits;

    public int Threads { get; set; } = 1;

    public DropoutDraw Dropout { get => dropping.Dropout; set => dropping.Dropout = value; }

    public void CopyParametersTo(Span<double> destination) => sound.CopyParametersTo(destination);

    public void LoadParameters(ReadOnlySpan<double> source) => sound.LoadParameters(source);

    public double TrainStep(in Batch batch, double learningRate) => sound.TrainStep(batch, learningRate);

    public double TrainStep(in Batch batch, double learningRate, GradientOptimizer optimizer) =>
        sound.TrainStep(batch, learningRate, optimizer);

    public double Loss(in Batch batch) => sound.Loss(batch);

    public double Gradient(in Batch batch, Span<double> gradient) => sound.Gradient(batch, gradient);

    public double Gradient(in Batch batch, Span<double> gradient, DropoutDraw dropout) =>
        dropping.Gradient(batch, gradient, dropout.NextStep());

    public void CopyAttentionTo(int layer, int head, Span<double> destination) => sound.CopyAttentionTo(layer, head, destination);

    public IModelSession OpenSession() => sound.OpenSession();

    public void Prefill(ReadOnlySpan<int> tokens) => sound.Prefill(tokens);

    public void Decode(int token, int position, Span<double> logits) => sound.Decode(token, position, logits);

    public void Dispose() => sound.Dispose();
}
