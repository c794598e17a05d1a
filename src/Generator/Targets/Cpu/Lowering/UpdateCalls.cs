using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using MicroGpt.Generator.Targets.Cpu.Kernels;
using MicroGpt.Generator.Targets.Cpu.Layout;

namespace MicroGpt.Generator.Targets.Cpu.Lowering;

/// <summary>Gradients that are stored, and rules that are applied to them.</summary>
internal static class UpdateCalls
{
    /// <summary>A contribution to the gradient of a matrix, stored or added where the gradient lies.</summary>
    /// <param name="node">The contribution.</param>
    /// <param name="layout">How values lie in memory.</param>
    /// <param name="uses">How the parameters are used.</param>
    /// <param name="adds">Whether it is added to what is there; null where that follows from its place among the contributions.</param>
    /// <returns>The call.</returns>
    public static KernelCall Contribution(Node node, MemoryLayout layout, ParameterUses uses, bool? adds = null)
    {
        var place = uses.PlaceOf(node) ?? throw new GraphException($"{node.Name} is the gradient of no parameter");
        var w = place.Parameter;
        var update = adds ?? place.Adds ? WeightUpdate.Accumulate : WeightUpdate.Store;
        if (node.Op is EmbedGrad)
        {
            return new(
                new EmbedGradKernel(layout.Extent(w.Shape.Inner), layout.Extent(w.Shape.Outer), update),
                [
                    Argument.Value("dy", node.Inputs[0]),
                    Argument.Indices("index", node.Inputs[1]),
                    Argument.Gradient("dtable", w, Orientation.OutMajor),
                ]);
        }

        // xᵀ dy is the gradient with inputs as rows, dyᵀ x the same with outputs as rows.
        bool inMajor = uses.Primary(w) == Orientation.InMajor;
        Node dy = node.Inputs[0], x = node.Inputs[1];
        return new(
            new WeightGradKernel(update, Uneven: layout.IsUneven(w.Shape)),
            [
                Argument.Value("x", inMajor ? x : dy),
                Argument.Value("dy", inMajor ? dy : x),
                Argument.Gradient("dw", w, uses.Primary(w)),
                Argument.Constant("inner", layout.Extent(inMajor ? w.Shape.Inner : w.Shape.Outer)),
                Argument.Constant("outer", layout.Extent(inMajor ? w.Shape.Outer : w.Shape.Inner)),
            ]);
    }

    /// <summary>A rule applied to a stored gradient, and the other copy of the parameter made anew.</summary>
    public static IEnumerable<KernelCall> Apply(Node node, MemoryLayout layout, ParameterUses uses, bool storesGradients)
    {
        Node w = node.Inputs[0], gradient = node.Inputs[1];
        var primary = uses.Primary(w);
        if (w.Shape.Kind == ShapeKind.Vector)
        {
            yield return StoreVector(gradient, w, layout, uses, adds: false);
        }

        if (storesGradients)
        {
            yield break;
        }

        foreach (var call in ApplyRule(node, ((Update)node.Op).Rule, layout, uses))
        {
            yield return call;
        }
    }

    /// <summary>The gradient of a vector, stored or added where gradients lie.</summary>
    public static KernelCall StoreVector(Node gradient, Node w, MemoryLayout layout, ParameterUses uses, bool adds) => new(
        new StoreVectorKernel(layout.Extent(w.Shape.Inner), adds),
        [Argument.Value("x", gradient), Argument.Gradient("dw", w, uses.Primary(w))])
    {
        Sentence = $"the gradient of {w.Name} {(adds ? "+=" : "is")} {gradient.Name}: {w.Shape}",
    };

    /// <summary>A rule applied to the stored gradient of the parameter that a node updates.</summary>
    public static IEnumerable<KernelCall> ApplyRule(Node node, OptimizerRule rule, MemoryLayout layout, ParameterUses uses)
    {
        var w = node.Inputs[0];
        var primary = uses.Primary(w);
        var update = UpdateWriter.KindOf(rule);
        int elements = (w.Shape.Kind == ShapeKind.Vector ? 1 : layout.Physical(w.Shape.Outer)) * layout.Physical(w.Shape.Inner);
        yield return new KernelCall(
            new ApplyKernel(update),
            [
                Argument.Gradient("dw", w, primary),
                Argument.Weight("w", w, primary),
                .. Argument.OfRule(update, w, primary),
                Argument.Constant("elements", elements),
            ])
        {
            Sentence = node.Op is FoldedUpdate ? rule.Describe(w.Name, $"the gradient of {w.Name}") + $": {w.Shape}" : null,
        };
        foreach (var other in uses.Orders(w).Skip(1))
        {
            bool inMajor = primary == Orientation.InMajor;
            yield return new KernelCall(
                new TransposeKernel(),
                [
                    Argument.Weight("w", w, primary),
                    Argument.Weight("wT", w, other),
                    Argument.Constant("inner", layout.Extent(inMajor ? w.Shape.Inner : w.Shape.Outer)),
                    Argument.Constant("outer", layout.Extent(inMajor ? w.Shape.Outer : w.Shape.Inner)),
                ])
            {
                Sentence = $"the other copy of {w.Name}, transposed",
            };
        }
    }
}
