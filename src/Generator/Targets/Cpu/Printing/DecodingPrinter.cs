using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using MicroGpt.Generator.Spec;
using MicroGpt.Generator.Targets.Cpu.Layout;
using MicroGpt.Generator.Targets.Cpu.Lowering;
using MicroGpt.Generator.Text;

namespace MicroGpt.Generator.Targets.Cpu.Printing;

/// <summary>The members of the contract that decode position by position and show what attention looks at.</summary>
internal sealed class DecodingPrinter(CompiledModel model)
{
    private ModelSpec Spec => model.Spec;

    private string Element => KernelPrinter.TypeName(Spec.Precision);

    private bool HasLimit => Spec.BlockSize > 0;

    public void Print(CodeWriter w)
    {
        PrintDecode(w);
        PrintAttention(w);
    }

    private void PrintDecode(CodeWriter w)
    {
        var logits = model.DecoderPlan[model.DecoderGraph.Outputs[0], 0].Name;
        w.Line("/// <inheritdoc/>");
        using (w.Block("public void Decode(int token, int position, Span<double> logits)"))
        {
            using (w.Block($"if (logits.Length < {Spec.VocabSize})"))
            {
                w.Line($"throw new ArgumentException(\"The span must have room for {Spec.VocabSize} logits.\", nameof(logits));");
            }

            w.Line();
            if (HasLimit)
            {
                using (w.Block("if (position > _decoded)"))
                {
                    w.Line("throw new ArgumentOutOfRangeException(nameof(position), position, $\"Positions are decoded in order; the next is {_decoded}.\");");
                }

                w.Line();
            }

            w.Line("_step.LoadOne(token, position);");
            KernelFilesPrinter.PrintChoice(w, Spec.Precision, kernels => $"Decode<{kernels}>();");

            w.Line();
            w.Line("_decoded = position + 1;");
            w.Line($"PanelLayout.CopyRow(_decoder.Pointer + Decoder.{logits}, logits.Slice(0, {Spec.VocabSize}));");
        }

        w.Line();
    }

    private void PrintAttention(CodeWriter w)
    {
        w.Line("/// <inheritdoc/>");
        using (w.Block("public void CopyAttentionTo(int layer, int head, Span<double> destination)"))
        {
            if (Spec.NLayer == 0)
            {
                w.Line("throw new ArgumentOutOfRangeException(nameof(layer), layer, \"This model has no attention.\");");
                return;
            }

            var attention = model.Training.Nodes.Where(n => n.Op is Attention).ToList();
            var heads = model.Layout.Heads(attention[0].Inputs[0].Shape.Inner);
            var width = model.Layout.PanelWidth;
            var wideRow = HeadLayout.WeightRowStride(Spec.BlockSize, width);
            var (place, row, key) = heads.Padded > width
                ? ($"(head * {wideRow} * _capacity)", wideRow, "key")
                : ($"(head * {heads.Padded})", heads.WeightElements(Spec.BlockSize, width), $"(key * {heads.Width})");
            w.Line($"ArgumentOutOfRangeException.ThrowIfNegative(layer);");
            w.Line($"ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(layer, {Spec.NLayer});");
            w.Line($"ArgumentOutOfRangeException.ThrowIfNegative(head);");
            w.Line($"ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(head, {Spec.NHead});");
            using (w.Block("if (!_holdsForward)"))
            {
                w.Line("throw new InvalidOperationException(\"Call Loss first: the attention weights are those of its batch.\");");
            }

            w.Line();
            using (w.Block($"if (destination.Length < _rows.Rows * {Spec.BlockSize})"))
            {
                w.Line($"throw new ArgumentException(\"The span must have room for {Spec.BlockSize} weights a row.\", nameof(destination));");
            }

            w.Line();
            w.Line("long offset = layer switch");
            using (w.Block(close: "};"))
            {
                foreach (var (node, layer) in attention.Select((n, i) => (n, i)))
                {
                    w.Line($"{(layer == Spec.NLayer - 1 ? "_" : layer.ToString(System.Globalization.CultureInfo.InvariantCulture))} => Activations.{model.Plan[node, 1].Name},");
                }
            }

            w.Line($"{Element}* weights = _activations.Pointer + (offset * _capacity) + {place};");
            using (w.Block("for (int row = 0; row < _rows.Rows; row++)"))
            {
                using (w.Block($"for (int key = 0; key < {Spec.BlockSize}; key++)"))
                {
                    w.Line($"destination[(row * {Spec.BlockSize}) + key] = key <= _rows.Positions[row] ? weights[((nint)row * {row}) + {key}] : 0;");
                }
            }
        }

        w.Line();
    }
}
