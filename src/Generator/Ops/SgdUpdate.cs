using System.Collections.Immutable;
using MicroGpt.Generator.Graph;

namespace MicroGpt.Generator.Ops;

/// <summary>W ← W − lr dW, element by element: fused into the kernel that computes dW before code is made.</summary>
internal sealed record SgdUpdate : Op
{
    public override string Name => "SgdUpdate";

    public override bool UpdatesFirstInput => true;

    public override Shape Infer(ImmutableArray<Node> inputs)
    {
        Require(inputs[0].Shape.Equals(inputs[1].Shape), "the gradient must have the parameter's shape");
        return inputs[0].Shape;
    }

    public override ImmutableArray<double[]> Evaluate(Evaluation run, Node node, ImmutableArray<double[]> inputs) =>
        [[.. inputs[0].Zip(inputs[1], (w, d) => w - (inputs[2][0] * d))]];

    public override string Describe(Node node) => $"{node.Inputs[0].Name} -= learning_rate * {node.Inputs[1].Name}: {node.Shape}";
}
