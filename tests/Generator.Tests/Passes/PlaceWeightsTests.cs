using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using MicroGpt.Generator.Spec;
using MicroGpt.Generator.Targets.Cpu.Kernels;
using MicroGpt.Generator.Targets.Cpu.Layout;
using MicroGpt.Generator.Targets.Cpu.Lowering;
using MicroGpt.Generator.Tests.Language;
using Xunit;

namespace MicroGpt.Generator.Tests.Passes;

public sealed class PlaceWeightsTests
{
    [Fact]
    public void NoTwoWeightsShareMemory()
    {
        for (int seed = 1; seed <= 20; seed++)
        {
            CompiledModel model = TestSpecs.Random(seed).RunPasses();
            AssertDisjoint(model, model.Weights);
            AssertDisjoint(model, model.Gradients);
        }
    }

    [Fact]
    public void EveryOrientationThatIsReadIsThereOnce()
    {
        for (int seed = 1; seed <= 10; seed++)
        {
            CompiledModel model = (TestSpecs.Random(seed) with { LoneFrom = int.MaxValue }).RunPasses();
            (string, Orientation)[] read =
            [
                .. model.Training.Nodes.SelectMany(n => n.Op switch
                {
                    Linear => [(n.Inputs[1].Name, Orientation.InMajor)],
                    LinearInputGrad => [(n.Inputs[1].Name, Orientation.OutMajor)],
                    EmbedSum => [(n.Inputs[0].Name, Orientation.OutMajor), (n.Inputs[2].Name, Orientation.OutMajor)],
                    _ => Array.Empty<(string, Orientation)>(),
                }).Distinct().Order(),
            ];
            Assert.Equal(read, model.Weights.Select(w => (w.Parameter.Name, w.Orientation)).Order());
            Assert.Equal(model.Weights.Length, model.Weights.Select(w => w.Name).Distinct().Count());
        }
    }

    /// <summary>A table that is a last weight too has both orders.</summary>
    [Fact]
    public void WeightsWithManyOutputsLieInOneOrder()
    {
        CompiledModel wide = TestSpecs.Gpt(65, 256, 64, 4, 6).RunPasses();
        Assert.Equal(wide.Training.Parameters.Length, wide.Weights.Length);
        Assert.Contains(wide.Kernels, k => k is MatMulTransposedKernel);
        CompiledModel narrow = TestSpecs.Gpt(63, 16, 12, 3, 2).RunPasses();
        Assert.Equal(narrow.Training.Parameters.Length + (2 * 6) + 1, narrow.Weights.Length);
        Assert.DoesNotContain(narrow.Kernels, k => k is MatMulTransposedKernel);
        CompiledModel tied = ModelCompiler.Plan(
            new ModelSpec { Namespace = "Tests", Name = "Tied", LoneFrom = 1 }, KnownArchitectures.Gpt2(31, 12, 20, 4, 2));
        Assert.Equal(["wte_T"], tied.Weights.Skip(tied.Training.Parameters.Length).Select(w => w.Name));
    }

    /// <summary>An update may then run over all parameters at once.</summary>
    [Fact]
    public void GradientsLieAsTheFirstCopiesOfTheWeights()
    {
        CompiledModel model = TestSpecs.Random(4).RunPasses();
        Assert.Equal(model.Training.Parameters, model.Gradients.Select(g => g.Parameter));
        Assert.Equal(model.Gradients, model.Weights.Take(model.Gradients.Length));
    }

    private static void AssertDisjoint(CompiledModel model, IReadOnlyList<PlacedWeight> weights)
    {
        long end = 0;
        foreach (PlacedWeight weight in weights.OrderBy(w => w.Offset))
        {
            Assert.True(weight.Offset >= end, $"{model.Spec.Describe()}: {weight.Name} begins at {weight.Offset}, before {end}.");
            Assert.Equal(0, weight.Offset % model.Layout.PanelWidth);
            Assert.True(weight.Elements >= weight.Parameter.Shape.Elements);
            end = weight.Offset + weight.Elements;
        }
    }
}
