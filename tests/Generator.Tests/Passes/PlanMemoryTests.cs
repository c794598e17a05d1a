using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using MicroGpt.Generator.Passes;
using MicroGpt.Generator.Targets.Cpu;
using MicroGpt.Generator.Targets.Cpu.Lowering;
using MicroGpt.Generator.Tests.Ops;
using Xunit;

namespace MicroGpt.Generator.Tests.Passes;

public sealed class PlanMemoryTests
{
    private const int Seeds = 20;

    /// <summary>One stored result, from the node that makes it to the last that reads it.</summary>
    private sealed record Lifetime(Node Node, int Part, PlannedBuffer Buffer, int Made, int LastRead)
    {
        public bool IsReadAs(Node input) =>
            input == Node || (input.Op is Part part && part.Index == Part && input.Inputs[0] == Node);

        public bool SharesMemory(Lifetime other) =>
            Buffer.Offset < other.Buffer.Offset + other.Buffer.Elements && other.Buffer.Offset < Buffer.Offset + Buffer.Elements;
    }

    [Fact]
    public void NoTwoValuesThatLiveAtOnceShareMemory()
    {
        for (int seed = 1; seed <= Seeds; seed++)
        {
            CompiledModel model = TestSpecs.Random(seed).RunPasses();
            AssertSound(model.Training, model.Plan, model.Spec.Describe());
            AssertSound(model.DecoderGraph, model.DecoderPlan, model.Spec.Describe());
        }

        CompiledModel mlp = TestSpecs.Mlp(11, 5).RunPasses();
        AssertSound(mlp.Training, mlp.Plan, mlp.Spec.Describe());
        AssertSound(mlp.DecoderGraph, mlp.DecoderPlan, mlp.Spec.Describe());
    }

    [Fact]
    public void EveryActivationHasAPlaceInTheArena()
    {
        for (int seed = 1; seed <= Seeds; seed++)
        {
            CompiledModel model = TestSpecs.Random(seed).RunPasses();
            MemoryPlan plan = model.Plan;
            PlannedBuffer[] buffers = [.. plan.InOrder(model.Training)];
            Assert.Equal(
                model.Training.Nodes.Where(n => n.Op is not Part)
                    .SelectMany(n => n.Shape.Kind == ShapeKind.Tuple ? n.Shape.Parts : [n.Shape])
                    .Count(s => s.Kind is ShapeKind.Rows or ShapeKind.Attention),
                buffers.Length);
            Assert.All(
                buffers, b => Assert.True(b.Offset >= 0 && b.Elements > 0 && b.Offset + b.Elements <= plan.ArenaElements, b.ToString()));
            Assert.All(buffers, b => Assert.Equal(0, (b.Offset % model.Layout.PanelWidth) + (b.Elements % model.Layout.PanelWidth)));
            Assert.Equal(buffers.Length, buffers.Select(b => b.Name).Distinct().Count());
            Assert.Equal(plan.TotalElements, buffers.Sum(b => b.Elements));
            Assert.InRange(plan.ArenaElements, buffers.Max(b => b.Elements), plan.TotalElements);
        }
    }

    /// <summary>Queries, keys and values of one product are read where they lie; so are their gradients made.</summary>
    [Fact]
    public void SlicesAndConcatenationsOfWholePanelsAreNotMoved()
    {
        MemoryPlan plan = PlanOf(out Graph.Graph graph, cut: 16);
        Node a = graph.Nodes.Single(n => n.Name == "a"),
            b = graph.Nodes.Single(n => n.Name == "b"), x = graph.Nodes.Single(n => n.Name == "x");
        Assert.Equal((plan[x, 0].Offset, plan[x, 0].Offset + 16), (plan[a, 0].Offset, plan[b, 0].Offset));
        Node both = graph.Nodes.Single(n => n.Name == "both");
        Assert.Equal([plan[both, 0].Offset, plan[both, 0].Offset + 16], both.Inputs.Select(i => plan[i, 0].Offset));
        Assert.Equal(plan[both, 0].Elements, both.Inputs.Sum(i => plan[i, 0].Elements));
        Assert.Equal([a, b, both], graph.Nodes.Where(plan.InPlace.Contains));
    }

    [Fact]
    public void SlicesWithinAPanelAreMoved()
    {
        MemoryPlan plan = PlanOf(out _, cut: 13);
        Assert.Empty(plan.InPlace);
    }

    /// <summary>A value that is asked for twice can lie in one of the places only.</summary>
    [Fact]
    public void AConcatenationOfAValueWithItselfMovesIt()
    {
        var small = new SmallGraph(new OpShape("any", [3, 2], 2, 3, 5));
        Node x = small.Linear("x", small.Activation("in", 6), 16);
        Node both = small.Builder.Add(new Concat(), "both", x, x);
        Assert.Empty(PlanMemory.Run(small.Forward(small.LossOf(both)), new CpuTarget(Generator.Spec.Precision.Double)).InPlace);
    }

    private static MemoryPlan PlanOf(out Graph.Graph graph, int cut)
    {
        var small = new SmallGraph(new OpShape("any", [3, 2], 2, 3, 5));
        Node x = small.Linear("x", small.Activation("in", 6), 48);
        Node a = small.Builder.Add(new Slice(0, cut), "a", x), b = small.Builder.Add(new Slice(cut, 48), "b", x);
        Node both = small.Builder.Add(new Concat(), "both", small.Linear("left", a, cut), small.Linear("right", b, 48));
        graph = small.Forward(small.LossOf(both));
        return PlanMemory.Run(graph, new CpuTarget(Generator.Spec.Precision.Double));
    }

    [Fact]
    public void ADeepModelSharesMemory()
    {
        MemoryPlan plan = TestSpecs.Gpt(27, 16, 64, 4, 12).RunPasses().Plan;
        Assert.True(plan.ArenaElements < 0.8 * plan.TotalElements, $"{plan.ArenaElements} of {plan.TotalElements} elements a row.");
    }

    [Fact]
    public void AnInputThatIsReadForTheLastTimeIsOverwritten()
    {
        SmallGraph small = ShapeErrors.NewGraph();
        Node a = small.Activation("a", 6), b = small.Activation("b", 6);
        Node y = small.Builder.Add(new Elementwise(ElementwiseFunctions.Add), "y", a, b);
        Assert.Equal((true, false), Overwrites(small.Forward(y), y, a, b));
    }

    [Fact]
    public void AnInputThatIsReadAgainIsKept()
    {
        SmallGraph small = ShapeErrors.NewGraph();
        Node a = small.Activation("a", 6), b = small.Activation("b", 6);
        Node y = small.Builder.Add(new Elementwise(ElementwiseFunctions.Add), "y", a, b);
        Node z = small.Builder.Add(new Elementwise(ElementwiseFunctions.Add), "z", y, a);
        Assert.Equal((false, false), Overwrites(small.Forward(z), y, a, b));
    }

    [Fact]
    public void AnInputThatIsAnOutputOfTheGraphIsKept()
    {
        SmallGraph small = ShapeErrors.NewGraph();
        Node a = small.Activation("a", 6), b = small.Activation("b", 6);
        Node y = small.Builder.Add(new Elementwise(ElementwiseFunctions.Add), "y", a, b);
        Graph.Graph graph = small.Forward(y) with { Outputs = [y, a] };
        Assert.Equal((false, false), Overwrites(graph, y, a, b));
        AssertSound(graph, PlanMemory.Run(graph, new CpuTarget(Spec.Precision.Single)), "outputs");
    }

    [Fact]
    public void AnInputThatComesInTwiceIsKept()
    {
        SmallGraph small = ShapeErrors.NewGraph();
        Node a = small.Activation("a", 6);
        Node y = small.Builder.Add(new Elementwise(ElementwiseFunctions.Add), "y", a, a);
        Assert.Equal((false, false), Overwrites(small.Forward(y), y, a, a));
    }

    [Fact]
    public void AnOpThatNeedsItsWholeInputDoesNotOverwriteIt()
    {
        SmallGraph small = ShapeErrors.NewGraph();
        Node x = small.Activation("x", 6);
        Node y = small.Linear("y", x, 6);
        Assert.Equal((false, false), Overwrites(small.Forward(y), y, x, x));
    }

    /// <summary>Whether y begins where a or b begins.</summary>
    private static (bool A, bool B) Overwrites(Graph.Graph graph, Node y, Node a, Node b)
    {
        MemoryPlan plan = PlanMemory.Run(graph, new CpuTarget(Spec.Precision.Single));
        return (plan[y, 0].Offset == plan[a, 0].Offset, plan[y, 0].Offset == plan[b, 0].Offset);
    }

    /// <summary>Compares every pair of values.</summary>
    private static void AssertSound(Graph.Graph graph, MemoryPlan plan, string what)
    {
        Lifetime[] all = [.. Lifetimes(graph, plan).OrderBy(l => l.Made)];
        for (int i = 0; i < all.Length; i++)
        {
            foreach (Lifetime later in all.Skip(i + 1).Where(later => later.Made <= all[i].LastRead && later.SharesMemory(all[i])))
            {
                Lifetime earlier = all[i];
                int overwritten = later.Node.Op.InPlaceInputOf(later.Part);
                bool mayOverwrite = later.Made == earlier.LastRead && later.Made > earlier.Made
                    && later.Node.Inputs.Count(earlier.IsReadAs) == 1
                    && overwritten >= 0 && earlier.IsReadAs(later.Node.Inputs[overwritten])
                    && later.Buffer.Offset == earlier.Buffer.Offset && later.Buffer.Elements == earlier.Buffer.Elements;
                Assert.True(mayOverwrite, $"{what}: {later.Buffer} is made while {earlier.Buffer} is still needed.");
            }
        }
    }

    private static IEnumerable<Lifetime> Lifetimes(Graph.Graph graph, MemoryPlan plan)
    {
        foreach (var ((node, part), buffer) in plan.Buffers)
        {
            var made = new Lifetime(node, part, buffer, graph.Nodes.IndexOf(node), 0);
            int lastRead = graph.Outputs.Any(made.IsReadAs)
                ? int.MaxValue
                : graph.Nodes.Select((n, i) => n.Op is not Part && n.Inputs.Any(made.IsReadAs) ? i : made.Made).Max();
            yield return made with { LastRead = lastRead };
        }
    }
}
