using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using MicroGpt.Generator.Targets.Cpu.Layout;
using MicroGpt.Generator.Targets.Cpu.Lowering;
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
            CompiledModel model = TestSpecs.Random(seed).RunPasses();
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
