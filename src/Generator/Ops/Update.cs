using System.Collections.Immutable;
using MicroGpt.Generator.Graph;

namespace MicroGpt.Generator.Ops;

/// <summary>A parameter moved by a rule, given its gradient.</summary>
internal sealed record Update(OptimizerRule Rule) : Op
{
    public override string Name => Rule.Name + "Update";

    public override bool UpdatesFirstInput => true;

    public override Shape Infer(ImmutableArray<Node> inputs)
    {
        Require(inputs[0].Shape.Equals(inputs[1].Shape), "the gradient must have the parameter's shape");
        return inputs[0].Shape;
    }

    public override ImmutableArray<double[]> Evaluate(Evaluation run, Node node, ImmutableArray<double[]> inputs) =>
        [Apply(Rule, run, node.Inputs[0], inputs[0], inputs[1], inputs[2][0])];

    /// <summary>One step on a parameter, from the state that the evaluation holds, which is moved on.</summary>
    public static double[] Apply(OptimizerRule rule, Evaluation run, Node parameter, double[] w, double[] gradient, double learningRate)
    {
        double[] state = run.StateOf(((Parameter)parameter.Op).Canonical, w.Length * rule.StateCount);
        double[] updated = new double[w.Length];
        for (int i = 0; i < w.Length; i++)
        {
            updated[i] = rule.Apply(w[i], gradient[i], learningRate, run.Step, state.AsSpan(i * rule.StateCount, rule.StateCount));
        }

        return updated;
    }

    public override string Describe(Node node) => Rule.Describe(node.Inputs[0].Name, node.Inputs[1].Name) + $": {node.Shape}";
}

/// <summary>
/// A parameter moved by a rule with a gradient that is computed for it and never leaves the nearest memory: with SGD it stays in registers.
/// Inputs: the parameter, those of the gradient, the learning rate.
/// </summary>
/// <param name="Rule">The rule.</param>
/// <param name="By">The operation that computes the gradient.</param>
internal sealed record FoldedUpdate(OptimizerRule Rule, Op By) : Op
{
    private IFoldableGradient Foldable => (IFoldableGradient)By;

    public override string Name => Foldable.Prefix + Rule.Name;

    public override bool UpdatesFirstInput => true;

    public override Shape Infer(ImmutableArray<Node> inputs)
    {
        Require(By.Infer(GradientOf(inputs)).Equals(inputs[0].Shape), "the gradient must have the parameter's shape");
        return inputs[0].Shape;
    }

    public override ImmutableArray<double[]> Evaluate(Evaluation run, Node node, ImmutableArray<double[]> inputs)
    {
        double[] gradient = By.Evaluate(run, node, [.. inputs.Skip(1).Take(inputs.Length - 2)])[0];
        return [Update.Apply(Rule, run, node.Inputs[0], inputs[0], gradient, inputs[inputs.Length - 1][0])];
    }

    public override string Describe(Node node)
    {
        var inputs = GradientOf(node.Inputs);
        return Rule.StateCount == 0
            ? Foldable.DescribeStep(node.Inputs[0], inputs)
            : Rule.Describe(node.Inputs[0].Name, Foldable.DescribeGradient(inputs)) + $": {node.Shape}";
    }

    /// <summary>What is computed where the gradient is stored instead.</summary>
    public string DescribeStored(Node node) =>
        $"the gradient of {node.Inputs[0].Name} is {Foldable.DescribeGradient(GradientOf(node.Inputs))}: {node.Shape}";

    public override (long PerRow, long PerPair) Flops(Node node) => By.Flops(node);

    private static ImmutableArray<Node> GradientOf(ImmutableArray<Node> inputs) => [.. inputs.Skip(1).Take(inputs.Length - 2)];
}
