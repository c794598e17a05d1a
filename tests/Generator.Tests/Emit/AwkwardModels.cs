using MicroGpt.Generator.Spec;

namespace MicroGpt.Generator.Tests.Emit;

/// <summary>
/// Models of awkward shapes, each made to use one width of vectors whatever the machine has, compiled into one assembly.
/// </summary>
public sealed class AwkwardModels : IDisposable
{
    private readonly LoadedModels _models = new("AwkwardModels", All.Values.Select(m => (m.Spec.RunPasses(), m.VectorBits)));

    internal static IReadOnlyDictionary<string, (ModelSpec Spec, int VectorBits)> All { get; } = new[]
    {
        (Double(TestSpecs.Gpt(6, 5, 6, 6, 1)) with { Name = "HeadPerChannel" }, 256),
        (Double(TestSpecs.Gpt(5, 1, 8, 2, 2)) with { Name = "BlockSizeOne" }, 512),
        (TestSpecs.Gpt(11, 8, 40, 2, 1) with { Name = "HeadsWiderThanAPanel" }, 256),
        (Double(TestSpecs.Gpt(11, 7, 9, 3, 2)) with { Name = "WithAdam", Optimizer = Spec.Optimizer.Adam }, 128),
        (Double(TestSpecs.Mlp(17, 5)) with { Name = "NarrowMlp" }, 256),
        (Double(TestSpecs.Gpt(11, 7, 9, 3, 2)) with { Name = "WithMomentum", Optimizer = Spec.Optimizer.Momentum }, 512),
        (Double(TestSpecs.Gpt(11, 7, 9, 3, 2)) with { Name = "WithAdamW", Optimizer = Spec.Optimizer.AdamW }, 256),
        (TestSpecs.Random(1) with { Name = "Random1" }, 128),
        (TestSpecs.Random(2) with { Name = "Random2" }, 256),
        (TestSpecs.Random(3) with { Name = "Random3" }, 512),
        (TestSpecs.Random(4) with { Name = "Random4" }, 128),
        (TestSpecs.Random(5) with { Name = "Random5" }, 512),

        // Weights in one order, of which rows of both kinds come by: the few that are multiplied by it as it lies, and more.
        (Double(OneOrder(Spec.Optimizer.Sgd)) with { Name = "OneOrder128" }, 128),
        (Double(OneOrder(Spec.Optimizer.Momentum)) with { Name = "OneOrder256" }, 256),
        (Double(OneOrder(Spec.Optimizer.Sgd)) with { Name = "OneOrder512" }, 512),
        (OneOrder(Spec.Optimizer.Momentum) with { Name = "OneOrderSingle128" }, 128),
        (OneOrder(Spec.Optimizer.Sgd) with { Name = "OneOrderSingle256" }, 256),
        (OneOrder(Spec.Optimizer.Sgd) with { Name = "OneOrderSingle512" }, 512),
    }.ToDictionary(m => m.Item1.Name);

    internal ICompiledModel Create(string name, int rowCapacity) => _models.Create(name, rowCapacity);

    public void Dispose() => _models.Dispose();

    // Heads of 22 leave gaps.
    private static ModelSpec OneOrder(Spec.Optimizer optimizer) =>
        TestSpecs.Gpt(70, 9, 66, 3, 1) with { LoneFrom = 1, Optimizer = optimizer };

    private static ModelSpec Double(ModelSpec spec) => spec with { Precision = Spec.Precision.Double };
}
