namespace MicroGpt.Runner.Tests.Models;

/// <summary>A right model whose weights begin so large that its numbers are ill-conditioned.</summary>
internal sealed class LargeWeights(ICompiledModel sound) : ForwardingModel(sound)
{
    public override ModelDescription Description => Large(base.Description);

    public static ModelEntry Of(ModelEntry sound) => new(Large(sound.Description), rows => new LargeWeights(sound.Create(rows)));

    private static ModelDescription Large(ModelDescription description) => description with { InitStd = 10 };
}
