using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using MicroGpt.Generator.Targets.Cpu.Lowering;
using Xunit;

namespace MicroGpt.Generator.Tests.Passes;

public sealed class OrderTests
{
    [Fact]
    public void AnUpdateComesDirectlyAfterTheLastReadOfItsWeight()
    {
        for (int seed = 1; seed <= 10; seed++)
        {
            Graph.Graph graph = TestSpecs.Random(seed).RunPasses().Training;
            for (int i = 0; i < graph.Nodes.Length; i++)
            {
                Node update = graph.Nodes[i];
                if (!update.Op.UpdatesFirstInput)
                {
                    continue;
                }

                // The last of: a read of the weight, the making of what the update needs.
                int ready = Enumerable.Range(0, i).Last(j =>
                    update.Inputs.Contains(graph.Nodes[j]) || graph.Nodes[j].Inputs.Contains(update.Inputs[0]));
                Assert.All(
                    graph.Nodes.Take(i).Skip(ready + 1),
                    between => Assert.True(
                        between.Op.UpdatesFirstInput,
                        $"seed {seed}: {between.Name} comes between {graph.Nodes[ready].Name} and {update.Name}."));
            }

            Assert.Equal(graph.Parameters.Length, graph.Nodes.Count(n => n.Op.UpdatesFirstInput));
        }
    }

    [Fact]
    public void OrderingChangesNoNode()
    {
        CompiledModel model = TestSpecs.Random(9).RunPasses();
        Assert.Equal(
            model.After("FuseRows").Nodes.OrderBy(n => n.Id), model.After("Order").Nodes.OrderBy(n => n.Id));
        Assert.All(model.Training.Nodes.TakeWhile(n => n.Op is Input), n => Assert.Empty(n.Inputs));
        Assert.DoesNotContain(model.Training.Nodes.SkipWhile(n => n.Op is Input), n => n.Op is Input);
    }
}
