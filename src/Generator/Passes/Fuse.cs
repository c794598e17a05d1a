using System.Globalization;
using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;

namespace MicroGpt.Generator.Passes;

/// <summary>
/// Merges neighbours so that a value goes from one to the other in registers: sums, biases, ReLU and its mask become part of the
/// product before them (<see cref="Epilogues"/>), the update goes into the kernel that computes the weight gradient, the loss and its
/// gradient share one softmax, two embeddings are summed as they are read, all rotations of one kind share their angles, dropout
/// becomes a multiplication by factors that are drawn once.
/// </summary>
internal static class Fuse
{
    public static Graph.Graph Run(Graph.Graph graph, ITarget target)
    {
        var readers = graph.Readers();
        var withGradient = new HashSet<(string, string)>(graph.Nodes
            .Where(n => n.Op is CrossEntropyGrad).Select(n => (n.Inputs[0].Name, n.Inputs[1].Name)));

        return Rewriter.Rewrite(graph, (builder, node, inputs) =>
        {
            bool OnlyReaderOf(int input) => readers[node.Inputs[input]].Count() == 1 && !graph.Outputs.Contains(node.Inputs[input]);
            bool IsBetterInRow(int input) => IsRowWork(inputs[input]) && OnlyReaderOf(input);

            // Of several products that a function is computed of, the last is at hand; but a sum goes from one to the next.
            (ProductOp Op, Node[] Inputs)? Extended(ElementwiseFunction function) => Enumerable.Range(0, inputs.Length)
                .Where(i => inputs[i].Op is ProductOp && OnlyReaderOf(i))
                .OrderBy(i => inputs[i].Inputs.Length).ThenByDescending(i => inputs[i].Id)
                .Select(i => Epilogues.Extend(function, inputs, i, IsBetterInRow, node.Name, target)).FirstOrDefault(e => e is not null);

            Node Make(Op op, params Node[] of) => builder.Add(op, node.Scope, node.Local, of);

            switch (node.Op)
            {
                case Elementwise { Function: var f } when f == ElementwiseFunctions.Add
                    && inputs[0].Op is Embed && inputs[1].Op is Embed && OnlyReaderOf(0) && OnlyReaderOf(1):
                    return Make(new EmbedSum(), inputs[0].Inputs[0], inputs[0].Inputs[1], inputs[1].Inputs[0], inputs[1].Inputs[1]);

                case Elementwise { Function: var f } when Extended(f) is { } extended:
                    return Make(extended.Op, extended.Inputs);

                case Update update when inputs[1].Op is IFoldableGradient && OnlyReaderOf(1):
                    return Make(new FoldedUpdate(update.Rule, inputs[1].Op), [inputs[0], .. inputs[1].Inputs, inputs[2]]);

                case CrossEntropy when withGradient.Contains((node.Inputs[0].Name, node.Inputs[1].Name)):
                    return Make(new Part(0), Both(builder, node, inputs));

                case CrossEntropyGrad:
                    return Make(new Part(1), Both(builder, node, inputs));

                case Rope rope:
                    var angles = builder.Add(new RopeAngles(rope.Theta, node.Shape.Inner.Size), new Scope("", ""), "angles", [inputs[1]]);
                    return Make(new RopeTurn(rope.Interleaved, rope.Back), inputs[0], angles);

                case Dropout dropout:
                    // The factors are drawn once, for the gradient too.
                    var positions = builder.Add(new Input(InputKind.Positions), new Scope("", ""), "positions", []);
                    var kept = builder.Add(
                        new DropoutFactors(dropout, node.Shape.Inner.Count), node.Scope,
                        "kept" + dropout.Site.ToString(CultureInfo.InvariantCulture), [positions]);
                    var grouped = node.Shape.Inner.Groups == 1
                        ? kept : builder.Add(new Regroup(node.Shape.Inner.Groups), node.Scope, kept.Local + "_grouped", [kept]);
                    return Make(new Elementwise(ElementwiseFunctions.Multiply), inputs[0], grouped);

                default:
                    return null;
            }
        });
    }

    /// <summary>Whether a value is computed a row at a time, and better together with what it is added to.</summary>
    private static bool IsRowWork(Node node) => node.Op is Elementwise or RepeatRows or RepeatChannels;

    private static Node Both(GraphBuilder builder, Node node, Node[] inputs) =>
        builder.Add(new CrossEntropyWithGrad(), node.Scope, "loss_and_gradient", inputs);
}
