using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using MicroGpt.Generator.Spec;
using MicroGpt.Generator.Targets.Cpu.Layout;
using MicroGpt.Generator.Targets.Cpu.Lowering;
using MicroGpt.Generator.Text;
using Microsoft.CodeAnalysis.CSharp;

namespace MicroGpt.Generator.Targets.Cpu.Printing;

/// <summary>The members of the contract that carry parameters and gradients across the border, in canonical form.</summary>
internal sealed class ParametersPrinter(CompiledModel model)
{
    private string Element => KernelPrinter.TypeName(model.Spec.Precision);

    private bool IsAdam => model.Spec.Optimizer is Optimizer.Adam or Optimizer.AdamW;

    public void Print(CodeWriter w)
    {
        string count = $"{GeneratedMembers.Description}.ParameterCount";
        w.Line("/// <inheritdoc/>");
        using (w.Block("public void CopyParametersTo(Span<double> destination)"))
        {
            w.Line($"CheckLength(destination.Length, {count});");
            w.Line("Unpack(_weights.Pointer, destination);");
        }

        w.Line();
        w.Line("/// <inheritdoc/>");
        using (w.Block("public void CopyParameterTo(ParameterInfo parameter, Span<double> destination)"))
        {
            w.Line("CheckParameter(parameter, destination.Length);");
            w.Line("Unpack(_weights.Pointer, parameter, destination);");
        }

        w.Line();
        w.Line("/// <inheritdoc/>");
        using (w.Block("public void LoadParameters(ReadOnlySpan<double> source)"))
        {
            w.Line($"CheckLength(source.Length, {count});");
            w.Line("Forget();");
            PrintLoop(w, "source", "LoadParameter(values, parameter);", "ReadOnlySpan");
        }

        w.Line();
        w.Line("/// <inheritdoc/>");
        using (w.Block("public void LoadParameters(ParameterReader read)"))
        {
            w.Line("ArgumentNullException.ThrowIfNull(read);");
            w.Line("Forget();");
            PrintReading(w, "LoadParameter(values, parameter);");
        }

        w.Line();
        PrintForget(w);
        w.Line();
        PrintLoad(w);
        w.Line();
        w.Line("/// <inheritdoc/>");
        using (w.Block("public double Gradient(in Batch batch, Span<double> gradient)"))
        {
            w.Line($"CheckLength(gradient.Length, {count});");
            w.Line("double loss = StoreGradient(batch);");
            w.Line("Unpack(_gradients!.Pointer, gradient);");
            w.Line("return loss;");
        }

        w.Line();
        if (model.Drops)
        {
            PrintDropout(w, count);
        }

        w.Summary("Copies out what is laid out as the weights are: themselves, their gradients, the state of an update.");
        using (w.Block($"private static void Unpack({Element}* weights, Span<double> destination)"))
        {
            PrintLoop(w, "destination", "Unpack(weights, parameter, values);", "Span");
        }

        w.Line();
        w.Summary("The same of one parameter.");
        using (w.Block($"private static void Unpack({Element}* weights, ParameterInfo parameter, Span<double> values)"))
        {
            PrintCases(w, parameter => [Convert("Unpack", Primary(parameter), "weights")]);
        }

        w.Line();
        w.Summary("The inverse; padding is left as it is.");
        using (w.Block($"private static void Pack(ReadOnlySpan<double> source, {Element}* weights)"))
        {
            PrintLoop(w, "source", "Pack(values, parameter, weights);", "ReadOnlySpan");
        }

        w.Line();
        w.Summary("The same of one parameter.");
        using (w.Block($"private static void Pack(ReadOnlySpan<double> values, ParameterInfo parameter, {Element}* weights)"))
        {
            PrintCases(w, parameter => [Convert("Pack", Primary(parameter), "weights")]);
        }

        w.Line();
        using (w.Block("private static void CheckParameter(ParameterInfo parameter, int length)"))
        {
            w.Line("ArgumentNullException.ThrowIfNull(parameter);");
            using (w.Block("if (length != parameter.Count)"))
            {
                w.Line("throw new ArgumentException($\"The span has {length} elements, but {parameter.Name} has {parameter.Count}.\");");
            }
        }

        w.Line();
        using (w.Block("private static void CheckLength(int length, int expected)"))
        {
            using (w.Block("if (length != expected)"))
            {
                w.Line("throw new ArgumentException($\"The span has {length} elements, but the model has {expected} parameters.\");");
            }
        }

        w.Line();
    }

    /// <summary>The part of the contract that says what training steps drop.</summary>
    private static void PrintDropout(CodeWriter w, string count)
    {
        w.Line("/// <inheritdoc/>").Line("public DropoutDraw Dropout { get; set; }").Line();
        w.Line("/// <inheritdoc/>");
        using (w.Block("public double Gradient(in Batch batch, Span<double> gradient, DropoutDraw dropout)"))
        {
            w.Line($"CheckLength(gradient.Length, {count});");
            w.Line("double loss = StoreGradient(batch, dropout);");
            w.Line("Unpack(_gradients!.Pointer, gradient);");
            w.Line("return loss;");
        }

        w.Line();
    }

    private PlacedWeight Primary(Node parameter) => model.Weights.First(w => w.Parameter == parameter);

    private IEnumerable<PlacedWeight> Transposed(Node parameter) =>
        model.Weights.Where(weight => weight.Parameter == parameter && weight != Primary(parameter));

    /// <summary>What all parameters are replaced with begins here.</summary>
    private void PrintForget(CodeWriter w)
    {
        w.Summary("Makes everything zero that comes from parameters.");
        using (w.Block("private void Forget()"))
        {
            w.Line("// A run that diverged leaves NaN in the padding, from where it would spread to the new numbers.");
            w.Line("_weights.Clear();");
            w.Line("_activations.Clear();");
            if (model.Pieces is not null)
            {
                w.Line("_pieces.Clear();");
            }

            w.Line("_decoder.Clear();");
            if (model.Attentions.Length > 0)
            {
                w.Line("_holdsForward = false;");
            }

            if (model.Spec.Optimizer != Optimizer.Sgd)
            {
                w.Line("_moments1!.Clear();");
            }

            if (IsAdam)
            {
                w.Line("_moments2!.Clear();");
            }

            w.Line("Updates = 0;");
            if (model.Drops)
            {
                w.Line("Dropout = new DropoutDraw(Dropout.Seed, 0);");
            }
        }
    }

    private void PrintLoad(CodeWriter w)
    {
        bool hasTransposed = model.Training.Parameters.Any(parameter => Transposed(parameter).Any());
        w.Summary(hasTransposed ? "Replaces one parameter, and its transposed copy." : "Replaces one parameter.");
        using (w.Block("private void LoadParameter(ReadOnlySpan<double> values, ParameterInfo parameter)"))
        {
            w.Line("Pack(values, parameter, _weights.Pointer);");
            if (hasTransposed)
            {
                PrintCases(
                    w, parameter => [.. Transposed(parameter).Select(weight => Convert("Pack", weight, "_weights.Pointer"))],
                    isWhole: false);
            }
        }
    }

    /// <summary>A loop over the parameters and their places in a span.</summary>
    private static void PrintLoop(CodeWriter w, string span, string statement, string type)
    {
        using (w.Block($"for (int i = 0; i < {GeneratedMembers.Description}.Parameters.Count; i++)"))
        {
            w.Line($"ParameterInfo parameter = {GeneratedMembers.Description}.Parameters[i];");
            w.Line($"{type}<double> values = {span}.Slice(parameter.Offset, parameter.Count);");
            w.Line(statement);
        }
    }

    /// <summary>A loop over the parameters, which are read one after the other.</summary>
    public static void PrintReading(CodeWriter w, string statement)
    {
        w.Line($"double[] largest = new double[{GeneratedMembers.Description}.LargestParameter];");
        using (w.Block($"for (int i = 0; i < {GeneratedMembers.Description}.Parameters.Count; i++)"))
        {
            w.Line($"ParameterInfo parameter = {GeneratedMembers.Description}.Parameters[i];");
            w.Line("Span<double> values = largest.AsSpan(0, parameter.Count);");
            w.Line("read(parameter, values);");
            w.Line(statement);
        }
    }

    /// <summary>Statements by the name of the parameter.</summary>
    private void PrintCases(CodeWriter w, Func<Node, IReadOnlyList<string>> statements, bool isWhole = true)
    {
        using (w.Block("switch (parameter.Name)"))
        {
            foreach (var parameter in model.Training.Parameters)
            {
                var lines = statements(parameter);
                if (lines.Count == 0)
                {
                    continue;
                }

                w.Line($"case {SymbolDisplay.FormatLiteral(((Parameter)parameter.Op).Canonical, quote: true)}:");
                foreach (string line in lines)
                {
                    w.Line("    " + line);
                }

                w.Line("    break;");
            }

            if (isWhole)
            {
                w.Line("default:");
                w.Line("    throw new ArgumentException($\"The model has no parameter {parameter.Name}.\", nameof(parameter));");
            }
        }
    }

    private string Convert(string method, PlacedWeight weight, string pointer)
    {
        var shape = weight.Parameter.Shape;
        string memory = $"{pointer} + Weights.{weight.Name}";
        string outer = shape.Kind == ShapeKind.Vector ? "new(1, 1, 1)" : Axis(shape.Outer);
        string layout = $"{outer}, {Axis(shape.Inner)}, {(weight.Orientation == Orientation.InMajor ? "true" : "false")}, {weight.Rows}";
        return method == "Pack"
            ? $"PanelLayout.Pack(values, {layout}, {memory});"
            : $"PanelLayout.Unpack({memory}, {layout}, values);";
    }

    private string Axis(Axis axis) => $"new({axis.Groups}, {axis.Size}, {model.Layout.Heads(axis).Padded})";
}
