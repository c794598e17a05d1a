namespace MicroGpt.Runner.Tests.Models;

/// <summary>A model whose gradient is off by a thousandth in one element.</summary>
internal sealed class WrongGradient(ICompiledModel sound) : ForwardingModel(sound)
{
    public override double Gradient(in Batch batch, Span<double> gradient)
    {
        double loss = base.Gradient(batch, gradient);
        gradient[123] += 1e-3;
        return loss;
    }
}
