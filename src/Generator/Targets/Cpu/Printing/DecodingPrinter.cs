using System.Collections.Immutable;
using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using MicroGpt.Generator.Spec;
using MicroGpt.Generator.Targets.Cpu.Kernels;
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

    /// <summary>Weights a row that are shown: those of a block, or of as many keys as there are rows.</summary>
    private string Columns => HasLimit ? Number(Spec.BlockSize) : "keys";

    public void Print(CodeWriter w)
    {
        PrintPrefill(w);
        PrintDecode(w);
        PrintAttention(w);
    }

    /// <summary>
    /// Keys and values of a row lie in panels as a cache has them: a panel is copied in one piece, or two where a ring begins again.
    /// </summary>
    private void PrintPrefill(CodeWriter w)
    {
        w.Line("/// <inheritdoc/>");
        using (w.Block("public void Prefill(ReadOnlySpan<int> tokens)"))
        {
            w.Line("ReadOnlySpan<int> starts = stackalloc int[] { 0, tokens.Length };");
            w.Line("Load(new Batch(tokens, tokens, starts));");
            if (model.Attentions.Length > 0)
            {
                w.Line("Run(StepKind.Prefill);");
            }

            Node[] steps = [.. model.DecoderGraph.Nodes.Where(n => n.Op is AttentionStep)];
            foreach (var (attention, step) in model.Attentions.Zip(steps, (a, s) => (a, s)))
            {
                for (int i = 0; i < 2; i++)
                {
                    int panels = Heads(attention).Width / model.Layout.PanelWidth;
                    w.Line($"PanelLayout.CopyToCache(_activations.Pointer + "
                        + $"(Activations.{model.Plan[attention.Inputs[1 + i], 0].Name} * _capacity), _panel, _rows.Rows, "
                        + $"_decoder.Pointer + Decoder.{ModelNames.Cache(step, i)}, places: {Keys(attention)}, panels: {panels});");
                }
            }

            w.Line("_decoded = tokens.Length;");
            w.Line("Release();");
        }

        w.Line();
    }

    private void PrintDecode(CodeWriter w)
    {
        string logits = model.DecoderPlan[model.DecoderGraph.Outputs[0], 0].Name;
        w.Line("/// <inheritdoc/>");
        w.Line("[MethodImpl(MethodImplOptions.AggressiveOptimization)]");
        using (w.Block("public void Decode(int token, int position, Span<double> logits)"))
        {
            using (w.Block($"if (logits.Length < {Spec.VocabSize})"))
            {
                w.Line($"throw new ArgumentException(\"The span must have room for {Spec.VocabSize} logits.\", nameof(logits));");
            }

            w.Line();
            if (HasLimit || model.Attentions.Length > 0)
            {
                using (w.Block($"if (position > _decoded{Overwritten()})"))
                {
                    w.Line("throw new ArgumentOutOfRangeException(nameof(position), position, $\"Positions are decoded in order; "
                        + "the next is {_decoded}.\");");
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

    /// <summary>
    /// Where documents have any length, whatever goes back further than the last position needs keys that are no longer there.
    /// </summary>
    private string Overwritten()
    {
        int[] windows = [.. model.Attentions.Where(a => ((Attention)a.Op).IsUnlimited).Select(Keys)];
        return windows.Length == 0 ? "" : $" || (position > 0 && position < _decoded - 1 && _decoded > {windows.Min()})";
    }

    private void PrintAttention(CodeWriter w)
    {
        w.Line("/// <inheritdoc/>");
        using (w.Block("public void CopyAttentionTo(int layer, int head, Span<double> destination)"))
        {
            var attention = model.Attentions;
            if (attention.Length == 0)
            {
                w.Line("throw new ArgumentOutOfRangeException(nameof(layer), layer, \"This model has no attention.\");");
                return;
            }

            w.Line($"ArgumentOutOfRangeException.ThrowIfNegative(layer);");
            w.Line($"ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(layer, {attention.Length});");
            w.Line($"ArgumentOutOfRangeException.ThrowIfNegative(head);");
            bool sameHeads = attention.Select(HeadCount).Distinct().Count() == 1;
            string heads = sameHeads ? Number(HeadCount(attention[0])) : Choice(attention, HeadCount);
            w.Line($"ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(head, {heads});");
            using (w.Block("if (!_holdsForward)"))
            {
                w.Line("throw new InvalidOperationException(\"Call Loss first: the attention weights are those of its batch.\");");
            }

            w.Line();
            if (!HasLimit)
            {
                w.Line("int keys = _rows.Rows;");
            }

            using (w.Block($"if (destination.Length < _rows.Rows * {Columns})"))
            {
                w.Line($"throw new ArgumentException({(HasLimit ? "" : "$")}\"The span must have room "
                    + $"for {(HasLimit ? Columns : "{keys}")} weights a row.\", nameof(destination));");
            }

            w.Line();
            var kept = attention.Where(KeepsWeights).ToList();
            if (kept.Count > 0)
            {
                PrintOffsets(w, "long", attention, node => KeepsWeights(node) ? "Activations." + model.Plan[node, 1].Name : "0");
            }

            if (kept.Count < attention.Length)
            {
                PrintOffsets(w, "(long q, long k)", attention, node => KeepsWeights(node)
                    ? "(0, 0)"
                    : $"(Activations.{model.Plan[node.Inputs[0], 0].Name}, Activations.{model.Plan[node.Inputs[1], 0].Name})");
            }

            var kinds = attention
                .Select((node, layer) => (Kind: (Heads(node), Keys(node), KeepsWeights(node) ? null : Scores(node)), Layer: layer))
                .GroupBy(x => x.Kind, x => x.Layer)
                .ToList();
            for (int i = 0; i < kinds.Count; i++)
            {
                if (kinds.Count == 1)
                {
                    PrintWeights(w, attention[0]);
                }
                else
                {
                    using (w.Block($"{(i == 0 ? "" : "else ")}if ({string.Join(" || ", kinds[i].Select(layer => $"layer == {layer}"))})"))
                    {
                        PrintWeights(w, attention[kinds[i].First()]);
                    }
                }
            }
        }

        w.Line();
    }

    /// <summary>Where something of a layer lies.</summary>
    private static void PrintOffsets(CodeWriter w, string type, ImmutableArray<Node> attention, Func<Node, string> place)
    {
        w.Line($"{type} {(type == "long" ? "offset" : "rows")} = layer switch");
        using (w.Block(close: "};"))
        {
            foreach (var (node, layer) in attention.Select((n, i) => (n, i)))
            {
                w.Line($"{(layer == attention.Length - 1 ? "_" : Number(layer))} => {place(node)},");
            }
        }
    }

    /// <summary>The loop over the weights of one head. Keys that a window hides, and those after the row, have none.</summary>
    private void PrintWeights(CodeWriter w, Node node)
    {
        var heads = Heads(node);
        if (!KeepsWeights(node))
        {
            var scores = Scores(node);
            string Rows(string of) => $"_activations.Pointer + (rows.{of} * _capacity)";
            string asked = $"new AttentionHead(head * {heads.Padded}, {heads.Size}, {Constant.Literal(scores.Scale)}){Given(scores)}";
            w.Line($"AttentionWeights.Compute({Rows("q")}, {Rows("k")}, _capacity, {asked}, _rows, {Columns}, destination);");
            return;
        }

        bool isRing = ((Attention)node.Op).IsUnlimited;
        var (place, row, key) = ($"(head * {heads.Padded})", heads.WeightElements(Keys(node)), isRing
            ? $"((key - Math.Max(0, _rows.Positions[row] - {Keys(node) - 1})) * {heads.Width})"
            : $"(key * {heads.Width})");
        w.Line($"{Element}* weights = _activations.Pointer + (offset * _capacity) + {place};");
        string window = ((Attention)node.Op).Window is { } sees ? $" && key > _rows.Positions[row] - {sees}" : "";
        using (w.Block("for (int row = 0; row < _rows.Rows; row++)"))
        {
            using (w.Block($"for (int key = 0; key < {Columns}; key++)"))
            {
                w.Line($"destination[(row * {Columns}) + key] "
                    + $"= key <= _rows.Positions[row]{window} ? weights[((nint)row * {row}) + {key}] : 0;");
            }
        }
    }

    private HeadLayout Heads(Node attention) => model.Layout.Heads(attention.Inputs[0].Shape.Inner);

    private static string Given(AttentionScores scores)
    {
        string[] given =
        [
            .. scores.Window is { } window ? [$"Window = {Number(window)}"] : (string[])[],
            .. scores.Softcap is { } cap ? [$"Softcap = {Constant.Literal(cap)}"] : (string[])[],
        ];
        return given.Length == 0 ? "" : $" {{ {string.Join(", ", given)} }}";
    }

    private bool KeepsWeights(Node attention) => Heads(attention).KeepsWeights(Keys(attention), model.Layout.PanelWidth);

    private AttentionScores Scores(Node attention) => AttentionScores.Of((Attention)attention.Op, attention.Inputs[0].Shape.Inner.Size);

    private static int HeadCount(Node attention) => attention.Inputs[0].Shape.Inner.Groups;

    private static int Keys(Node attention) => ((Attention)attention.Op).BlockSize;

    private static string Number(int number) => number.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static string Choice(IEnumerable<Node> attention, Func<Node, int> value)
    {
        Node[] nodes = [.. attention];
        return "layer switch { "
            + string.Join(", ", nodes.Select((n, i) => $"{(i == nodes.Length - 1 ? "_" : Number(i))} => {value(n)}")) + " }";
    }
}
