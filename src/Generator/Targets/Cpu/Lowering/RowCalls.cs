using System.Collections.Immutable;
using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using MicroGpt.Generator.Targets.Cpu.Kernels;
using MicroGpt.Generator.Targets.Cpu.Layout;

namespace MicroGpt.Generator.Targets.Cpu.Lowering;

/// <summary>What works on every row alone: elementwise operations and norms.</summary>
internal static class RowCalls
{
    public static KernelCall Elementwise(Node node, MemoryLayout layout)
    {
        if (node.Shape.Kind != ShapeKind.Rows)
        {
            throw new GraphException($"{node.Name} sums gradients of a parameter that is read several times, for which there is no kernel");
        }

        var columns = layout.Extent(node);
        var kernel = node.Op switch
        {
            Add => new ElementwiseKernel(ElementwiseOperation.Add, columns),
            Relu => new ElementwiseKernel(ElementwiseOperation.Relu, columns),
            ReluGrad => new ElementwiseKernel(ElementwiseOperation.ReluGrad, columns),
            _ => new ElementwiseKernel(ElementwiseOperation.Scale, columns) { Factor = ((Constant)node.Inputs[1].Op).Value },
        };
        return node.Op is Add or ReluGrad
            ? new(kernel, [Argument.Value("a", node.Inputs[0]), Argument.Value("b", node.Inputs[1]), Argument.Value("y", node)])
            : new(kernel, [Argument.Value("a", node.Inputs[0]), Argument.Value("y", node)]);
    }

    public static KernelCall Norm(Node node, MemoryLayout layout)
    {
        if (node.Op is not RmsNormGrad gradient)
        {
            return new(new RmsNormKernel(layout.Extent(node)), [Argument.Value("x", node.Inputs[0]), Argument.Value("y", node)]);
        }

        return new(
            new RmsNormGradKernel(layout.Extent(node), gradient.Adds),
            [
                Argument.Value("dy", node.Inputs[0]),
                Argument.Value("x", node.Inputs[1]),
                .. gradient.Adds ? (Argument[])[Argument.Value("r", node.Inputs[2])] : [],
                Argument.Value("dx", node),
            ]);
    }
}
