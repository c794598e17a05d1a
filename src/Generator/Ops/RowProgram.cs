using System.Collections.Immutable;
using MicroGpt.Generator.Graph;

namespace MicroGpt.Generator.Ops;

/// <summary>An input of a row program.</summary>
internal sealed record RowInput(int Index) : Op
{
    public override string Name => "RowInput";

    public override Shape Infer(ImmutableArray<Node> inputs) =>
        throw new GraphException("an input of a row program has the shape of what is passed");

    public override ImmutableArray<double[]> Evaluate(Evaluation run, Node node, ImmutableArray<double[]> inputs) =>
        throw new GraphException("an input of a row program is the value that is passed");

    public override string Describe(Node node) => $"input {Index}";
}

/// <summary>One step of a row program.</summary>
/// <param name="Op">An input, a constant, or an operation on steps before it.</param>
/// <param name="Inputs">Those steps, by their place.</param>
/// <param name="Shape">Of its value.</param>
internal sealed record RowStep(Op Op, EquatableArray<int> Inputs, Shape Shape);

/// <summary>
/// Elementwise functions, reductions over channels and broadcasts that work on the same rows, as one operation: no value between
/// them goes through memory. Several results are parts of a tuple.
/// </summary>
/// <param name="Steps">In the order in which they are computed, inputs first.</param>
/// <param name="Results">The steps whose values are results.</param>
internal sealed record RowProgram(EquatableArray<RowStep> Steps, EquatableArray<int> Results) : Op
{
    /// <summary>Names of the steps, for sentences alone.</summary>
    public EquatableArray<string> Names { get; init; }

    public override string Name => "Rows";

    protected override string Attributes => "<" + string.Join("; ", FormulaWriter.Write(this, [], [])) + ">";

    /// <summary>Number of inputs.</summary>
    public int InputCount => Steps.Count(s => s.Op is RowInput);

    /// <summary>Whether all its values are the same for every row.</summary>
    public bool IsVector => Results.All(r => Steps[r].Shape.Kind == ShapeKind.Vector);

    /// <summary>How often each step is read, by others or as a result.</summary>
    public int[] Uses()
    {
        int[] uses = new int[Steps.Count];
        foreach (int read in Steps.SelectMany(s => s.Inputs).Concat(Results))
        {
            uses[read]++;
        }

        return uses;
    }

    public override Shape Infer(ImmutableArray<Node> inputs) => Infer([.. inputs.Select(i => i.Shape)]);

    /// <summary>The shape of the result, or of the tuple of results, for inputs of these shapes.</summary>
    public Shape Infer(ImmutableArray<Shape> inputs)
    {
        Require(inputs.Length == InputCount, $"it takes {InputCount} inputs");
        foreach (var step in Steps)
        {
            Require(step.Op is not RowInput input || inputs[input.Index].Equals(step.Shape), $"an input must be {step.Shape}");
        }

        return Results.Count == 1 ? Steps[Results[0]].Shape : Shape.Tuple([.. Results.Select(r => Steps[r].Shape)]);
    }

    public override int InPlaceInputOf(int part) => InPlaceInputOf(part, except: -1);

    /// <summary>Result n may overwrite the n-th of the inputs that have its shape: results are stored last.</summary>
    /// <param name="part">The result.</param>
    /// <param name="except">An input that is nowhere in memory.</param>
    public int InPlaceInputOf(int part, int except)
    {
        var shape = Steps[Results[part]].Shape;
        int place = Results.Take(part).Count(r => Steps[r].Shape.Equals(shape));
        int[] fitting = [.. Steps.Where(s => s.Shape.Equals(shape)).Select(s => s.Op)
            .OfType<RowInput>().Select(i => i.Index).Where(i => i != except).OrderBy(i => i)];
        return place < fitting.Length ? fitting[place] : -1;
    }

    public override ImmutableArray<double[]> Evaluate(Evaluation run, Node node, ImmutableArray<double[]> inputs)
    {
        var nodes = new List<Node>();
        var values = new List<double[]>();
        foreach (var step in Steps)
        {
            var made = new Node(nodes.Count, step.Op, [.. step.Inputs.Select(i => nodes[i])], step.Shape, node.Scope, "step");
            values.Add(
                step.Op is RowInput input ? inputs[input.Index] : step.Op.Evaluate(run, made, [.. step.Inputs.Select(i => values[i])])[0]);
            nodes.Add(made);
        }

        return [.. Results.Select(r => values[r])];
    }

    public override string Describe(Node node) =>
        string.Join("; ", FormulaWriter.Write(this, [.. node.Inputs.Select(i => i.Name)], ResultNames(node)))
            + ": " + Steps[Results[0]].Shape;

    /// <summary>Names of the results of a node, in order.</summary>
    public string[] ResultNames(Node node) => Results.Count == 1 ? [node.Name] : [.. Results.Select(r => Names[r])];
}

/// <summary>Writes the formulas of a row program.</summary>
internal static class FormulaWriter
{
    // Without p, t and y, which kernels use.
    private const string Letters = "abcdefghijklmnoqrsuvwxz";

    /// <summary>The name of an input where none is given.</summary>
    public static string InputName(int index) => index < Letters.Length
        ? Letters.Substring(index, 1)
        : Letters.Substring(index % Letters.Length, 1)
            + (index / Letters.Length).ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>The name of a result where none is given.</summary>
    public static string ResultName(RowProgram program, int index) =>
        program.Results.Count == 1 ? "y" : "y" + index.ToString(System.Globalization.CultureInfo.InvariantCulture);

    /// <summary>One formula a result, and one for each value that is used several times and long enough for a name of its own.</summary>
    public static IEnumerable<string> Write(RowProgram program, IReadOnlyList<string> inputs, IReadOnlyList<string> results)
    {
        int[] uses = program.Uses();
        var texts = new List<Formula>();
        var named = new List<string>();
        int count = 0;
        for (int i = 0; i < program.Steps.Count; i++)
        {
            var step = program.Steps[i];
            Formula[] x = [.. step.Inputs.Select(k => texts[k])];
            var text = step.Op switch
            {
                RowInput input => Input(input.Index < inputs.Count ? inputs[input.Index] : InputName(input.Index)),
                Constant constant =>
                    new Formula(Constant.Literal(constant.Value), constant.Value < 0 ? Precedence.Negation : Precedence.Atom),
                Elementwise when Mean(program, step) is { } meaned => Formula.Atom($"mean({texts[meaned].Text})"),
                Elementwise function => function.Function.Write(x),
                Reduce reduce => Formula.Atom($"{reduce.Name.ToLowerInvariant()}({x[0].Text})"),
                _ => x[0],
            };
            int result = program.Results.IndexOf(i);
            if (result >= 0)
            {
                string name = result < results.Count ? results[result] : ResultName(program, result);
                named.Add($"{name} = {text.Text}");
                text = Formula.Atom(name);
            }
            else if (uses[i] > 1 && (step.Op is Elementwise or Reduce && text.Text.Length > 12
                || (step.Op is RowInput && text.Precedence < Precedence.Atom)))
            {
                string name = "v" + (++count).ToString(System.Globalization.CultureInfo.InvariantCulture);
                named.Add($"{name} = {text.Text}");
                text = Formula.Atom(name);
            }

            texts.Add(text);
        }

        return named;
    }

    // What is passed may be a product, which stands for the matrices' own.
    private static Formula Input(string text) => text.Contains(' ') ? new Formula(text, Precedence.Product) : Formula.Atom(text);

    /// <summary>The step of which a product of a sum and one over the number of its terms is the mean; null for anything else.</summary>
    private static int? Mean(RowProgram program, RowStep step)
    {
        if (!step.Op.Equals(new Elementwise(ElementwiseFunctions.Multiply)))
        {
            return null;
        }

        for (int i = 0; i < 2; i++)
        {
            if (program.Steps[step.Inputs[i]].Op is Constant { Value: var factor }
                && program.Steps[step.Inputs[1 - i]] is { Op: Reduce { Reduction: Reduction.Sum }, Inputs: var terms }
                && factor == 1.0 / program.Steps[terms[0]].Shape.Inner.Size)
            {
                return terms[0];
            }
        }

        return null;
    }

    private static int IndexOf(this EquatableArray<int> list, int value)
    {
        for (int i = 0; i < list.Count; i++)
        {
            if (list[i] == value)
            {
                return i;
            }
        }

        return -1;
    }
}
