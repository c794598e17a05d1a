using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using MicroGpt.Generator.Spec;
using MicroGpt.Generator.Targets.Cpu.Layout;
using MicroGpt.Generator.Targets.Cpu.Lowering;
using MicroGpt.Generator.Text;

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
        using (w.Block("public void LoadParameters(ReadOnlySpan<double> source)"))
        {
            w.Line($"CheckLength(source.Length, {count});");
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

            w.Line("Pack(source, _weights.Pointer);");
            foreach (var (parameter, offset) in Canonical())
            {
                foreach (var transposed in model.Weights.Where(x => x.Parameter == parameter && x != Primary(parameter)))
                {
                    w.Line(Convert("Pack", transposed, offset, "_weights.Pointer", "source"));
                }
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
        PrintConversion(w, "Unpack", $"{Element}* weights, Span<double> destination", "destination");
        w.Line();
        w.Summary("The inverse; padding is left as it is.");
        PrintConversion(w, "Pack", $"ReadOnlySpan<double> source, {Element}* weights", "source");

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

    private IEnumerable<(Node Parameter, long Offset)> Canonical()
    {
        long offset = 0L;
        foreach (var parameter in model.Training.Parameters)
        {
            yield return (parameter, offset);
            offset += parameter.Shape.Elements;
        }
    }

    private PlacedWeight Primary(Node parameter) => model.Weights.First(w => w.Parameter == parameter);

    private void PrintConversion(CodeWriter w, string method, string parameters, string span)
    {
        using (w.Block($"private static void {method}({parameters})"))
        {
            foreach (var (parameter, offset) in Canonical())
            {
                w.Line(Convert(method, Primary(parameter), offset, "weights", span));
            }
        }
    }

    private string Convert(string method, PlacedWeight weight, long offset, string pointer, string span)
    {
        var shape = weight.Parameter.Shape;
        string slice = $"{span}.Slice({offset}, {shape.Elements})";
        string memory = $"{pointer} + Weights.{weight.Name}";
        string outer = shape.Kind == ShapeKind.Vector ? "new(1, 1, 1)" : Axis(shape.Outer);
        string layout = $"{outer}, {Axis(shape.Inner)}, {(weight.Orientation == Orientation.InMajor ? "true" : "false")}, {weight.Rows}";
        return method == "Pack"
            ? $"PanelLayout.Pack({slice}, {layout}, {memory});"
            : $"PanelLayout.Unpack({memory}, {layout}, {slice});";
    }

    private string Axis(Axis axis) => $"new({axis.Groups}, {axis.Size}, {model.Layout.Heads(axis).Padded})";
}
