using System.Collections.Immutable;
using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using MicroGpt.Generator.Targets.Cpu.Kernels;
using MicroGpt.Generator.Targets.Cpu.Layout;

namespace MicroGpt.Generator.Targets.Cpu.Lowering;

/// <summary>Embedding tables: their rows read, and their gradient with what becomes of it.</summary>
internal static class EmbeddingCalls
{
    /// <summary>One table, or the sum of two.</summary>
    public static KernelCall Forward(Node node, MemoryLayout layout)
    {
        bool second = node.Op is EmbedSum;
        return new(
            new EmbedKernel(
                layout.Extent(node),
                layout.Extent(node.Inputs[0].Shape.Outer),
                second ? layout.Extent(node.Inputs[2].Shape.Outer) : 0),
            [
                Argument.Weight("table", node.Inputs[0], Orientation.OutMajor),
                Argument.Indices("index", node.Inputs[1]),
                .. second
                    ? (Argument[])
                    [
                        Argument.Weight("table2", node.Inputs[2], Orientation.OutMajor),
                        Argument.Indices("index2", node.Inputs[3]),
                    ]
                    : [],
                Argument.Value("y", node),
            ]);
    }

    /// <summary>The kernel that computes the gradient of a table and updates it by a rule, or stores it.</summary>
    public static KernelCall Update(Node node, MemoryLayout layout, bool storesGradients, OptimizerRule rule)
    {
        var table = node.Inputs[0];
        var applied = storesGradients ? WeightUpdate.Store : UpdateWriter.KindOf(rule);
        return new(
            new EmbedGradKernel(layout.Extent(table.Shape.Inner), layout.Extent(table.Shape.Outer), applied),
            [
                Argument.Value("dy", node.Inputs[1]),
                Argument.Indices("index", node.Inputs[2]),
                .. applied != WeightUpdate.Sgd ? (Argument[])[Argument.Gradient("dtable", table, Orientation.OutMajor)] : [],
                .. applied != WeightUpdate.Store ? (Argument[])[Argument.Weight("table", table, Orientation.OutMajor)] : [],
                .. applied == WeightUpdate.Store ? [] : Argument.OfRule(applied, table, Orientation.OutMajor),
            ])
        {
            Sentence = storesGradients ? ((FoldedUpdate)node.Op).DescribeStored(node) : null,
        };
    }
}
