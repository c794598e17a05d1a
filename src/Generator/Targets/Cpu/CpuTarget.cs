using System.Collections.Immutable;
using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using MicroGpt.Generator.Passes;
using MicroGpt.Generator.Spec;
using MicroGpt.Generator.Targets.Cpu.Kernels;
using MicroGpt.Generator.Targets.Cpu.Layout;
using MicroGpt.Generator.Targets.Cpu.Lowering;
using MicroGpt.Generator.Targets.Cpu.Printing;
using MicroGpt.Generator.Text;

namespace MicroGpt.Generator.Targets.Cpu;

/// <summary>
/// Processors with vectors: C# over one block of memory, kernels printed for three vector widths. Graphs go in; layout, choice of
/// kernels, offsets and text are decided here.
/// </summary>
internal sealed class CpuTarget(
    Precision precision, long logitsBytes = long.MaxValue, int loneFrom = int.MaxValue) : ITarget
{
    /// <summary>Rows of a piece are a multiple of this, so that its tiles are full.</summary>
    public const int RowsMultiple = 8;

    /// <summary>Where so many rows are within what logits may take, a division would save little.</summary>
    private const int ManyRows = 4096;

    private readonly MemoryLayout _layout = new(precision);

    /// <inheritdoc/>
    public long StorageElements(Node node, int part) => _layout.StorageElements(node, part);

    /// <inheritdoc/>
    public bool IsView(Axis from, Axis to) => _layout.IsView(from, to);

    /// <inheritdoc/>
    public bool IsPart(Axis of, int from, int to) =>
        of.Groups == 1 && from % _layout.PanelWidth == 0 && (to == of.Size || to % _layout.PanelWidth == 0);

    /// <inheritdoc/>
    public bool ReducesInRow(Axis groups, bool isSum) => groups.Groups == 1 || isSum || _layout.Heads(groups).Padded >= _layout.PanelWidth;

    /// <inheritdoc/>
    public bool TakesEpilogue(Shape product, Op program) => program is RowProgram rows && ProductEpilogue.CanBe(product, rows);

    /// <inheritdoc/>
    public int RowsAtOnce(Shape logits)
    {
        long rows = logitsBytes / ((long)_layout.Physical(logits.Inner) / _layout.PanelWidth * MemoryLayout.PanelBytes);
        return rows >= ManyRows ? 0 : Math.Max(RowsMultiple, (int)rows / RowsMultiple * RowsMultiple);
    }

    /// <summary>Places every value in memory and chooses a kernel for every node.</summary>
    /// <exception cref="CompilerException">A step failed; says which, and on which op.</exception>
    public CompiledModel Compile(ModelSpec spec, ModelGraphs graphs)
    {
        var (training, decoder) = (graphs.Training, graphs.Decoder);
        var uses = CompilerException.Guard("PlaceWeights", () => new ParameterUses(training, _layout, loneFrom));
        var plan = CompilerException.Guard("PlanMemory", () => PlanMemory.Run(training, this));
        var decoderPlan = CompilerException.Guard("PlanMemory", () => PlanMemory.Run(decoder, this));
        var pieces = RowsInPieces.Of(training);
        var all = new Scheduler(training, plan, _layout, uses, pieces);
        var forward = all.Calls(n => !pieces.Contains(n), isForward: true);
        var backward = all.Backward(storesGradients: false);
        var gradient = all.Backward(storesGradients: true);
        var decode = new Scheduler(decoder, decoderPlan, _layout, uses, []).Calls(_ => true, isForward: true);
        var inPieces = pieces.Count == 0 ? null : new PieceSchedules(
            RowsAtOnce(training.Nodes.First(n => n.Op is CrossEntropy or CrossEntropyWithGrad).Inputs[0].Shape),
            all.Calls(pieces.Contains, isForward: true),
            all.Calls(pieces.Contains, isForward: false),
            all.Calls(pieces.Contains, isForward: false, storesGradients: true));
        return new CompiledModel(spec, graphs.Passes)
        {
            Training = training,
            ForwardGraph = graphs.Forward,
            DecoderGraph = decoder,
            Plan = plan,
            DecoderPlan = decoderPlan,
            Layout = _layout,
            Forward = forward,
            Backward = backward,
            Gradient = gradient,
            Pieces = inPieces,
            Decode = decode,
            Weights = CompilerException.Guard("PlaceWeights", () => PlaceWeights.Weights(training, uses, _layout)),
            Gradients = CompilerException.Guard("PlaceWeights", () => PlaceWeights.Gradients(training, uses, _layout)),
            Kernels =
            [
                .. forward.Concat(backward).Concat(gradient).Concat(decode).Concat(inPieces?.All ?? [])
                    .Select(c => c.Call.Kernel).Distinct().OrderBy(k => k.Name, StringComparer.Ordinal),
            ],
            Flops = training.Nodes.Select(n => n.Op.Flops(n)).Aggregate((a, b) => (a.PerRow + b.PerRow, a.PerPair + b.PerPair)),
        };
    }

    /// <summary>The files of a model, without the kernels that models share.</summary>
    public static ImmutableArray<GeneratedFile> Print(CompiledModel model) => ModelPrinter.Print(model);

    /// <summary>The files of the kernels of one precision.</summary>
    public static ImmutableArray<GeneratedFile> Print(Precision precision, IReadOnlyList<KernelSpec> kernels) =>
        KernelFilesPrinter.Print(precision, kernels);
}
