using MicroGpt.Generator.Ops;
using MicroGpt.Generator.Spec;
using MicroGpt.Generator.Targets.Cpu.Layout;
using MicroGpt.Generator.Targets.Cpu.Lowering;
using MicroGpt.Generator.Text;

namespace MicroGpt.Generator.Targets.Cpu.Printing;

/// <summary>The face of a compiled model: the members of the contract, in terms of the schedules.</summary>
internal sealed class FacePrinter(CompiledModel model)
{
    private ModelSpec Spec => model.Spec;

    private string Element => KernelPrinter.TypeName(Spec.Precision);

    private bool HasLimit => Spec.BlockSize > 0;

    private bool IsAdam => Spec.Optimizer is Optimizer.Adam or Optimizer.AdamW;

    private bool IsAdamW => Spec.Optimizer == Optimizer.AdamW;

    /// <summary>Whether the rule keeps something of each weight.</summary>
    private bool HasState => Spec.Optimizer != Optimizer.Sgd;

    /// <summary>What only training needs.</summary>
    private string[] Trained =>
    [
        .. HasState || model.UsesGradients ? (string[])["_gradients"] : [],
        .. HasState ? (string[])["_moments1"] : [],
        .. IsAdam ? (string[])["_moments2"] : [],
    ];

    private IEnumerable<PlacedWeight> Transposed => model.Weights.Skip(model.Training.Parameters.Length);

    public void Print(CodeWriter w)
    {
        PrintState(w);
        PrintConstructor(w);
        new ParametersPrinter(model).Print(w);
        new StatePrinter(model).Print(w);
        PrintSteps(w);
        new DecodingPrinter(model).Print(w);
        PrintDispose(w);
    }

    private void PrintState(CodeWriter w)
    {
        w.Line($"private readonly Arena<{Element}> _weights; // a model's sessions share them");
        w.Line("private readonly bool _isSession;");
        w.Line($"private readonly Arena<{Element}> _decoder = new(Decoder.Total);");
        w.Line($"private readonly PackedRows _step = new(1, {Spec.VocabSize}, {Spec.BlockSize});");
        w.Line($"private Arena<{Element}>? _gradients;");
        if (HasState)
        {
            w.Line($"private readonly Arena<{Element}>? _moments1;");
        }

        if (IsAdam)
        {
            w.Line($"private readonly Arena<{Element}>? _moments2;");
            w.Line("private double _beta1Power = 1;");
            w.Line("private double _beta2Power = 1;");
            w.Line($"private {Element} _epsilon;");
            if (IsAdamW)
            {
                w.Line($"private {Element} _keep;");
            }

        }

        w.Line($"private Arena<{Element}> _activations = null!;");
        if (model.Pieces is not null)
        {
            w.Line($"private Arena<{Element}> _pieces = null!;");
            w.Line("private nint _pieceCapacity;");
            w.Line("private nint _piecePanel;");
        }

        w.Line("private PackedRows _rows = null!;");
        w.Line("private nint _capacity;");
        w.Line("private nint _panel;");
        w.Line("private int _decoded;");
        w.Line("private bool _isDisposed;");
        if (model.Attentions.Length > 0)
        {
            w.Line("private bool _holdsForward;");
        }

        if (model.Drops)
        {
            w.Line("private DropoutDraw? _draw; // of the step that runs; null where nothing is dropped");
        }

        w.Line("private long _updates;");
        w.Line("private WorkerTeam? _team;");
        w.Line("private StepKind _kind;");
        w.Line("private GradientOptimizer? _optimizer;");
        w.Line($"private {Element} _stepSize;");
        w.Line("private double _loss;").Line();
    }

    private void PrintConstructor(CodeWriter w)
    {
        w.Summary("Makes a model whose parameters are all zero.");
        w.Line($"/// <param name=\"rowCapacity\">{HeaderPrinter.RowCapacity(Spec)}</param>");
        w.Line("/// <exception cref=\"System.ArgumentOutOfRangeException\">The capacity is negative, "
            + "or beyond what a batch can have.</exception>");
        using (w.Block($"public {ModelPrinter.ClassOf(Spec)}(int rowCapacity = 0)"))
        {
            w.Line("ArgumentOutOfRangeException.ThrowIfNegative(rowCapacity);");
            w.Line($"_weights = new Arena<{Element}>(Weights.Total);");
            foreach (string arena in Trained)
            {
                w.Line($"{arena} = new Arena<{Element}>(Gradients.Total);");
            }

            w.Line($"Reserve(rowCapacity == 0 ? {(HasLimit ? Spec.BlockSize : HeaderPrinter.DefaultRows)} : rowCapacity);");
        }

        w.Line();
        w.Summary("Opens a session: it reads the weights of a model, and has the memory of a batch for as long as it computes one.");
        using (w.Block($"private {ModelPrinter.ClassOf(Spec)}({ModelPrinter.ClassOf(Spec)} model)"))
        {
            w.Line("_weights = model._weights.Share();");
            w.Line("_isSession = true;");
            w.Line("Reserve(1);");
        }

        w.Line();
        w.Line("/// <inheritdoc/>").Line($"public IModelSession OpenSession() => new {ModelPrinter.ClassOf(Spec)}(this);").Line();
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
            w.Line("// What may refuse so many rows comes first, and leaves the model as it was.");
            w.Line($"var packed = new PackedRows(rows, {Spec.VocabSize}, {Spec.BlockSize});");
            w.Line("_rows?.Dispose();");
            w.Line("_rows = packed;");
            w.Line("// An odd number of rows, so that the panels of one row fall into different sets of the cache.");
            w.Line("_capacity = rows | 1;");
            w.Line("_panel = _capacity * PanelWidth;");
            w.Line("_activations?.Dispose();");
            w.Line($"_activations = new Arena<{Element}>(Activations.Total * _capacity);");
            if (model.Pieces is not null)
            {
                w.Line("_pieceCapacity = Math.Min(rows, PieceRows) | 1;");
                w.Line("_piecePanel = _pieceCapacity * PanelWidth;");
                w.Line("_pieces?.Dispose();");
                w.Line($"_pieces = new Arena<{Element}>(Pieces.Total * _pieceCapacity);");
            }
        }

        w.Line();
        w.Summary("Checks a batch and copies it to where the kernels read it.");
        using (w.Block("private void Load(in Batch batch)"))
        {
            using (w.Block("if (_isSession)"))
            {
                w.Line("Reserve(batch.Rows);");
            }

            if (!HasLimit)
            {
                using (w.Block("else if (batch.Rows > _rows.Capacity)"))
                {
                    w.Line("Reserve(Math.Max(batch.Rows, Math.Min(2 * _rows.Capacity, PackedRows.MostRows)));");
                }
            }

            w.Line();

            if (model.Attentions.Length > 0)
            {
                w.Line("_holdsForward = false;");
            }

            if (model.Drops)
            {
                w.Line("_draw = null;");
            }

            w.Line("_rows.Load(batch);");
        }

        w.Line();
        w.Summary("Gives the memory of a batch back, in a session.");
        using (w.Block("private void Release()"))
        {
            using (w.Block("if (_isSession)"))
            {
                w.Line("Reserve(1);");
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
            w.Line("_updates++;");
            if (IsAdam)
            {
                string beta1 = Number(OptimizerRule.AdamRule.Beta1), beta2 = Number(OptimizerRule.AdamRule.Beta2);
                w.Line("// The kernels keep m / (1 - beta1) and v / (1 - beta2); these factors and the bias corrections, "
                    + "which all parameters share,");
                w.Line("// are here. With v in units of scale², the step lr m / (sqrt(v) + epsilon) keeps its form.");
                w.Line($"_beta1Power *= {beta1};");
                w.Line($"_beta2Power *= {beta2};");
                w.Line($"double scale = Math.Sqrt((1 - {beta2}) / (1 - _beta2Power));");
                w.Line($"_stepSize = ({Element})(learningRate * (1 - {beta1}) / (1 - _beta1Power) / scale);");
                w.Line($"_epsilon = ({Element})({Number(OptimizerRule.AdamRule.Epsilon)} / scale);");
                if (IsAdamW)
                {
                    w.Line($"_keep = ({Element})(1 - (learningRate * {Number(OptimizerRule.AdamRule.Decay)}));");
                }
            }
            else
            {
                w.Line($"_stepSize = ({Element})learningRate;");
            }

            if (model.Drops)
            {
                w.Line("_draw = Dropout;");
                w.Line("double loss = Run(StepKind.Train);");
                w.Line("Dropout = Dropout.NextStep();");
                w.Line("return loss;");
            }
            else
            {
                w.Line("return Run(StepKind.Train);");
            }
        }

        w.Line();
        w.Line("/// <inheritdoc/>");
        using (w.Block("public double TrainStep(in Batch batch, double learningRate, GradientOptimizer optimizer)"))
        {
            w.Line("ArgumentNullException.ThrowIfNull(optimizer);");
            w.Line($"double loss = StoreGradient(batch, {(model.Drops ? "Dropout, " : "")}optimizer);");
            if (model.Drops)
            {
                w.Line("long steps = optimizer.Steps;");
            }

            w.Line($"optimizer.Update(_weights.Pointer, _gradients!.Pointer, Gradients.Total, "
                + $"learningRate{(model.HasVectors ? ", Vectors" : "")});");
            foreach (var weight in Transposed)
            {
                w.Line($"PanelLayout.Transpose(_weights.Pointer + Weights.{weight.Parameter.Name}, {weight.Columns}, {weight.Rows}, "
                    + $"_weights.Pointer + Weights.{weight.Name});");
            }

            if (model.Drops)
            {
                w.Line("Dropout = optimizer.Steps > steps ? Dropout.NextStep() : Dropout.After(batch.Rows);");
            }

            w.Line("return loss;");
        }

        w.Line();
        w.Line("/// <inheritdoc/>");
        using (w.Block("public double Loss(in Batch batch)"))
        {
            w.Line("Load(batch);");
            if (model.Attentions.Length > 0)
            {
                w.Line("_holdsForward = true;");
            }

            w.Line("double loss = Run(StepKind.Loss);");
            w.Line("Release();");
            w.Line("return loss;");
        }

        w.Line();
        w.Summary("The loss on a batch, and its gradient in the arena of gradients.");
        string draw = model.Drops ? "DropoutDraw? draw = null, " : "";
        using (w.Block($"private double StoreGradient(in Batch batch, {draw}GradientOptimizer? optimizer = null)"))
        {
            w.Line("Load(batch);");
            if (model.Drops)
            {
                w.Line("_draw = draw;");
            }

            w.Line("_optimizer = optimizer;");
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
            KernelFilesPrinter.PrintChoice(w, Spec.Precision, kernels => $"RunPart<{kernels}>(part);");
        }

        w.Line();
        w.Line("[MethodImpl(MethodImplOptions.AggressiveOptimization)]");
        using (w.Block($"private void RunPart<K>(Part part) where K : struct, {KernelFilesPrinter.Contract(Spec.Precision)}"))
        {
            if (model.Attentions.Length > 0)
            {
                using (w.Block("if (_kind == StepKind.Prefill)"))
                {
                    w.Line("Prefill<K>(part);");
                    w.Line("return;");
                }

                w.Line();
            }

            if (model.Pieces is null)
            {
                w.Line("double loss = Forward<K>(part);");
            }
            else
            {
                w.Line("Forward<K>(part);");
                w.Line("double loss = DividedRows<K>(part);");
            }

            using (w.Block("if (_kind == StepKind.Train)"))
            {
                w.Line($"Backward<K>(_stepSize, {(IsAdam ? "_epsilon, " : "")}{(IsAdamW ? "_keep, " : "")}part);");
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

    private void PrintDispose(CodeWriter w)
    {
        w.Line("/// <inheritdoc/>");
        using (w.Block("public void Dispose()"))
        {
            w.Line("// A share of the weights is given back once.");
            using (w.Block("if (_isDisposed)"))
            {
                w.Line("return;");
            }

            w.Line();
            w.Line("_isDisposed = true;");
            w.Line("_team?.Dispose();");
            if (HasState)
            {
                w.Line("_moments1?.Dispose();");
            }

            if (IsAdam)
            {
                w.Line("_moments2?.Dispose();");
            }

            w.Line("_weights.Dispose();");
            w.Line("_decoder.Dispose();");
            w.Line("_step.Dispose();");
            w.Line("_gradients?.Dispose();");
            w.Line("_activations.Dispose();");
            if (model.Pieces is not null)
            {
                w.Line("_pieces.Dispose();");
            }

            w.Line("_rows.Dispose();");
        }
    }

    public static string Number(double value) => value.ToString("R", System.Globalization.CultureInfo.InvariantCulture);
}
