using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Kernels;
using MicroGpt.Generator.Ops;
using MicroGpt.Generator.Spec;

namespace MicroGpt.Generator.Emit;

/// <summary>The public face of a model: the members of the contract, in terms of the schedules.</summary>
internal sealed class FacePrinter(CompiledModel model)
{
    private ModelSpec Spec => model.Spec;

    private string Element => KernelPrinter.TypeName(Spec.Precision);

    private bool HasLimit => Spec.BlockSize > 0;

    private bool IsAdam => Spec.Optimizer == Optimizer.Adam;

    private IEnumerable<PlacedWeight> Transposed => model.Weights.Skip(model.Training.Parameters.Length);

    public void Print(CodeWriter w)
    {
        PrintState(w);
        PrintConstructor(w);
        PrintParameters(w);
        PrintSteps(w);
        PrintDecode(w);
        PrintAttention(w);
        PrintDispose(w);
    }

    private void PrintState(CodeWriter w)
    {
        w.Line($"private readonly Arena<{Element}> _weights = new(Weights.Total);");
        w.Line($"private readonly Arena<{Element}> _decoder = new(Decoder.Total);");
        w.Line($"private readonly PackedRows _step = new(1, {Spec.VocabSize}, {Spec.BlockSize});");
        w.Line(IsAdam ? $"private Arena<{Element}>? _gradients = new(Gradients.Total);" : $"private Arena<{Element}>? _gradients;");
        if (IsAdam)
        {
            w.Line($"private readonly Arena<{Element}> _moments1 = new(Gradients.Total);");
            w.Line($"private readonly Arena<{Element}> _moments2 = new(Gradients.Total);");
            w.Line("private double _beta1Power = 1;");
            w.Line("private double _beta2Power = 1;");
            w.Line($"private {Element} _epsilon;");
        }

        w.Line($"private Arena<{Element}> _activations = null!;");
        w.Line("private PackedRows _rows = null!;");
        w.Line("private nint _capacity;");
        w.Line("private nint _panel;");
        w.Line("private int _decoded;");
        if (Spec.NLayer > 0)
        {
            w.Line("private bool _holdsForward;");
        }

        w.Line("private WorkerTeam? _team;");
        w.Line("private StepKind _kind;");
        w.Line($"private {Element} _stepSize;");
        w.Line("private double _loss;").Line();
    }

    private void PrintConstructor(CodeWriter w)
    {
        w.Summary("Makes a model whose parameters are all zero.");
        w.Line($"/// <param name=\"rowCapacity\">Most rows of a batch; 0 means {(HasLimit ? "one document of the block size" : "32; the model grows when a batch is larger")}.</param>");
        w.Line("/// <exception cref=\"System.ArgumentOutOfRangeException\">The capacity is negative.</exception>");
        using (w.Block($"public {CSharpName.Escape(Spec.Name)}(int rowCapacity = 0)"))
        {
            w.Line("ArgumentOutOfRangeException.ThrowIfNegative(rowCapacity);");
            w.Line($"Reserve(rowCapacity == 0 ? {(HasLimit ? Spec.BlockSize : HeaderPrinter.DefaultRows)} : rowCapacity);");
        }

        w.Line();
        w.Line("/// <inheritdoc/>").Line($"public ModelDescription Description => {GeneratedMembers.Description};").Line();
        w.Line("/// <inheritdoc/>").Line("public int RowCapacity => _rows.Capacity;").Line();
        w.Line("/// <inheritdoc/>").Line("public int VectorBits => VectorSupport.PreferredBits;").Line();

        w.Line("/// <inheritdoc/>");
        using (w.Block("public int Threads"))
        {
            w.Line("get => _team?.Count ?? 1;");
            using (w.Block("set"))
            {
                w.Line("ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);");
                w.Line("_team?.Dispose();");
                w.Line("_team = value == 1 ? null : new WorkerTeam(value, RunPart);");
            }
        }

        w.Line();
        w.Summary("Makes room for batches of so many rows.");
        using (w.Block("private void Reserve(int rows)"))
        {
            w.Line("// An odd number of rows, so that the panels of one row fall into different sets of the cache.");
            w.Line("_capacity = rows | 1;");
            w.Line("_panel = _capacity * PanelWidth;");
            w.Line("_activations?.Dispose();");
            w.Line("_rows?.Dispose();");
            w.Line($"_activations = new Arena<{Element}>(Activations.Total * _capacity);");
            w.Line($"_rows = new PackedRows(rows, {Spec.VocabSize}, {Spec.BlockSize});");
        }

        w.Line();
        w.Summary("Checks a batch and copies it to where the kernels read it.");
        using (w.Block("private void Load(in Batch batch)"))
        {
            if (!HasLimit)
            {
                using (w.Block("if (batch.Rows > _rows.Capacity)"))
                {
                    w.Line("Reserve(Math.Max(batch.Rows, 2 * _rows.Capacity));");
                }

                w.Line();
            }

            if (Spec.NLayer > 0)
            {
                w.Line("_holdsForward = false;");
            }

            w.Line("_rows.Load(batch);");
        }

        w.Line();
    }

    private void PrintParameters(CodeWriter w)
    {
        var count = $"{GeneratedMembers.Description}.ParameterCount";
        w.Line("/// <inheritdoc/>");
        using (w.Block("public void CopyParametersTo(Span<double> destination)"))
        {
            w.Line($"CheckLength(destination.Length, {count});");
            foreach (var (parameter, offset) in Canonical())
            {
                w.Line(Convert("Unpack", Primary(parameter), offset, "_weights.Pointer + Weights", "destination"));
            }
        }

        w.Line();
        w.Line("/// <inheritdoc/>");
        using (w.Block("public void LoadParameters(ReadOnlySpan<double> source)"))
        {
            w.Line($"CheckLength(source.Length, {count});");
            w.Line("// A run that diverged leaves NaN in the padding, from where it would spread to the new numbers.");
            w.Line("_weights.Clear();");
            w.Line("_activations.Clear();");
            w.Line("_decoder.Clear();");
            if (Spec.NLayer > 0)
            {
                w.Line("_holdsForward = false;");
            }

            foreach (var (parameter, offset) in Canonical())
            {
                foreach (var weight in model.Weights.Where(x => x.Parameter == parameter))
                {
                    w.Line(Convert("Pack", weight, offset, "_weights.Pointer + Weights", "source"));
                }
            }

            if (IsAdam)
            {
                w.Line("_moments1.Clear();");
                w.Line("_moments2.Clear();");
                w.Line("_beta1Power = 1;");
                w.Line("_beta2Power = 1;");
            }
        }

        w.Line();
        w.Line("/// <inheritdoc/>");
        using (w.Block("public double Gradient(in Batch batch, Span<double> gradient)"))
        {
            w.Line($"CheckLength(gradient.Length, {count});");
            w.Line("double loss = StoreGradient(batch);");
            foreach (var (parameter, offset) in Canonical())
            {
                var stored = model.Gradients.Single(x => x.Parameter == parameter);
                w.Line(Convert("Unpack", stored, offset, "_gradients!.Pointer + Gradients", "gradient", parameter.Name));
            }

            w.Line("return loss;");
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

    private void PrintSteps(CodeWriter w)
    {
        w.Line("/// <inheritdoc/>");
        using (w.Block("public double TrainStep(in Batch batch, double learningRate)"))
        {
            w.Line("Load(batch);");
            if (IsAdam)
            {
                string beta1 = Number(AdamUpdate.Beta1), beta2 = Number(AdamUpdate.Beta2);
                w.Line("// The kernels keep m / (1 - beta1) and v / (1 - beta2); these factors and the bias corrections, which all parameters share,");
                w.Line("// are here. With v in units of scale², the step lr m / (sqrt(v) + epsilon) keeps its form.");
                w.Line($"_beta1Power *= {beta1};");
                w.Line($"_beta2Power *= {beta2};");
                w.Line($"double scale = Math.Sqrt((1 - {beta2}) / (1 - _beta2Power));");
                w.Line($"_stepSize = ({Element})(learningRate * (1 - {beta1}) / (1 - _beta1Power) / scale);");
                w.Line($"_epsilon = ({Element})({Number(AdamUpdate.Epsilon)} / scale);");
            }
            else
            {
                w.Line($"_stepSize = ({Element})learningRate;");
            }

            w.Line("return Run(StepKind.Train);");
        }

        w.Line();
        w.Line("/// <inheritdoc/>");
        using (w.Block("public double TrainStep(in Batch batch, double learningRate, GradientOptimizer optimizer)"))
        {
            w.Line("ArgumentNullException.ThrowIfNull(optimizer);");
            w.Line("double loss = StoreGradient(batch);");
            w.Line("optimizer.Update(_weights.Pointer, _gradients!.Pointer, Gradients.Total, learningRate);");
            foreach (var weight in Transposed)
            {
                w.Line($"PanelLayout.Transpose(_weights.Pointer + Weights.{weight.Parameter.Name}, {weight.Columns}, {weight.Rows}, _weights.Pointer + Weights.{weight.Name});");
            }

            w.Line("return loss;");
        }

        w.Line();
        w.Line("/// <inheritdoc/>");
        using (w.Block("public double Loss(in Batch batch)"))
        {
            w.Line("Load(batch);");
            if (Spec.NLayer > 0)
            {
                w.Line("_holdsForward = true;");
            }

            w.Line("return Run(StepKind.Loss);");
        }

        w.Line();
        w.Summary("The loss on a batch, and its gradient in the arena of gradients.");
        using (w.Block("private double StoreGradient(in Batch batch)"))
        {
            w.Line("Load(batch);");
            w.Line($"_gradients ??= new Arena<{Element}>(Gradients.Total);");
            w.Line("return Run(StepKind.Gradient);");
        }

        w.Line();
        w.Summary("Runs a step on the loaded rows, on one thread or several; returns the loss before any update.");
        using (w.Block("private double Run(StepKind kind)"))
        {
            w.Line("_kind = kind;");
            using (w.Block("if (_team is null)"))
            {
                w.Line("RunPart(Part.Whole);");
            }

            using (w.Block("else"))
            {
                w.Line("_team.Run();");
            }

            w.Line();
            w.Line("return _loss;");
        }

        w.Line();
        using (w.Block("private void RunPart(Part part)"))
        {
            using (w.Block("switch (VectorSupport.PreferredBits)"))
            {
                foreach (var bits in new[] { "case 512", "case 256", "default" })
                {
                    w.Line(bits + ":").Line($"    RunPart<{Kernels(bits)}>(part);").Line("    break;");
                }
            }
        }

        w.Line();
        w.Line("[MethodImpl(MethodImplOptions.AggressiveOptimization)]");
        using (w.Block($"private void RunPart<K>(Part part) where K : struct, {KernelFilesPrinter.Contract(Spec.Precision)}"))
        {
            w.Line("double loss = Forward<K>(part);");
            using (w.Block("if (_kind == StepKind.Train)"))
            {
                w.Line($"Backward<K>(_stepSize, {(IsAdam ? "_epsilon, " : "")}part);");
            }

            using (w.Block("else if (_kind == StepKind.Gradient)"))
            {
                w.Line("Gradient<K>(part);");
            }

            w.Line();
            using (w.Block("if (part.Index == 0)"))
            {
                w.Line("_loss = loss;");
            }
        }

        w.Line();
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
            using (w.Block("switch (VectorSupport.PreferredBits)"))
            {
                foreach (var bits in new[] { "case 512", "case 256", "default" })
                {
                    w.Line(bits + ":").Line($"    Decode<{Kernels(bits)}>();").Line("    break;");
                }
            }

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
            var heads = model.Lowering.Heads(attention[0].Inputs[0].Shape.Inner);
            var perRow = AttentionKernel.WeightElements(heads, Spec.BlockSize, model.Lowering.PanelWidth);
            var isWide = heads.Padded > model.Lowering.PanelWidth;
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

            var place = isWide ? $"(head * {perRow / heads.Heads} * _capacity)" : $"(head * {heads.Padded})";
            var rowStride = isWide ? perRow / heads.Heads : perRow;
            w.Line($"{Element}* weights = _activations.Pointer + (offset * _capacity) + {place};");
            using (w.Block("for (int row = 0; row < _rows.Rows; row++)"))
            {
                using (w.Block($"for (int key = 0; key < {Spec.BlockSize}; key++)"))
                {
                    w.Line($"destination[(row * {Spec.BlockSize}) + key] = key <= _rows.Positions[row] ? weights[((nint)row * {rowStride}) + {(isWide ? "key" : $"(key * {heads.Width})")}] : 0;");
                }
            }
        }

        w.Line();
    }

    private void PrintDispose(CodeWriter w)
    {
        w.Line("/// <inheritdoc/>");
        using (w.Block("public void Dispose()"))
        {
            w.Line("_team?.Dispose();");
            if (IsAdam)
            {
                w.Line("_moments1.Dispose();");
                w.Line("_moments2.Dispose();");
            }

            w.Line("_weights.Dispose();");
            w.Line("_decoder.Dispose();");
            w.Line("_step.Dispose();");
            w.Line("_gradients?.Dispose();");
            w.Line("_activations.Dispose();");
            w.Line("_rows.Dispose();");
        }
    }

    private IEnumerable<(Node Parameter, long Offset)> Canonical()
    {
        var offset = 0L;
        foreach (var parameter in model.Training.Parameters)
        {
            yield return (parameter, offset);
            offset += parameter.Shape.Elements;
        }
    }

    private PlacedWeight Primary(Node parameter) => model.Weights.First(w => w.Parameter == parameter);

    private string Convert(string method, PlacedWeight weight, long offset, string arena, string span, string? name = null)
    {
        var shape = weight.Parameter.Shape;
        var slice = $"{span}.Slice({offset}, {shape.Elements})";
        var memory = $"{arena}.{name ?? weight.Name}";
        var layout = $"{Axis(shape.Outer)}, {Axis(shape.Inner)}, {(weight.Orientation == Orientation.InMajor ? "true" : "false")}, {weight.Rows}";
        return method == "Pack"
            ? $"PanelLayout.Pack({slice}, {layout}, {memory});"
            : $"PanelLayout.Unpack({memory}, {layout}, {slice});";
    }

    private string Kernels(string label) => KernelFilesPrinter.Implementation(
        Spec.Precision, label == "default" ? 128 : int.Parse(label.Substring(5), System.Globalization.CultureInfo.InvariantCulture));

    private static string Number(double value) => value.ToString("R", System.Globalization.CultureInfo.InvariantCulture);

    private string Axis(Axis axis) => $"new({axis.Groups}, {axis.Size}, {model.Lowering.Heads(axis).Padded})";
}
