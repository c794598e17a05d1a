using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;

namespace MicroGpt.Generator.Targets.Cpu.Kernels;

/// <summary>
/// What a product goes on with, whatever its width: a row program that reduces nothing, of which the shapes say no more than which values
/// are vectors.
/// </summary>
/// <param name="Program">The program, its first input the product.</param>
/// <param name="Packed">For each other input, whether it is a vector parameter, whose panels lie one after the other.</param>
internal sealed record ProductEpilogue(RowProgram Program, EquatableArray<bool> Packed)
{
    private const int MostInputs = 5;
    private const int MostResults = 3;

    // Those whose order of inputs and constants a name says.
    private static readonly ElementwiseFunction[] Plain = [ElementwiseFunctions.Add, ElementwiseFunctions.Relu, ElementwiseFunctions.Gate];

    /// <summary>The epilogue of a product, of any width.</summary>
    public static ProductEpilogue Of(RowProgram program, IEnumerable<bool> packed) => new(
        new RowProgram(
            program.Steps.Select(s => s with { Shape = s.Shape.Kind == ShapeKind.Scalar ? s.Shape : s.Shape.WithChannels(1) }).ToEquatableArray(), program.Results),
        packed.ToEquatableArray());

    /// <summary>Whether a product of a shape can go on with a program: all works on its channels, and what is stored beyond them is zero.</summary>
    public static bool CanBe(Shape product, RowProgram program)
    {
        var padding = Padding.Of(program, spreads: false);
        return program.InputCount <= MostInputs
            && program.Results.Count <= MostResults
            && program.Steps.All(s => s.Op is RowInput or Constant or Elementwise or RepeatRows && (s.Shape.Kind == ShapeKind.Scalar || s.Shape.Inner == product.Inner))
            && program.Results.All(r => program.Steps[r].Shape.Kind == ShapeKind.Rows && padding[r] == 0);
    }

    /// <summary>Short: its functions, and where these do not say all a number that tells it apart.</summary>
    public string Name
    {
        get
        {
            var steps = Program.Steps;
            var functions = Enumerable.Range(0, steps.Count).Where(i => steps[i].Op is Elementwise).ToList();
            var isPlain = Program.Results.Count == 1 && Program.Results[0] == functions.LastOrDefault() && functions.All(i => Plain.Contains(((Elementwise)steps[i].Op).Function)
                && steps[i].Inputs[0] == (functions[0] == i ? 0 : functions[functions.IndexOf(i) - 1])
                && steps[i].Inputs.Skip(1).All(input => steps[input].Op is RowInput or RepeatRows));
            var text = string.Concat(functions.Select(i => ((Elementwise)steps[i].Op).Function.Name + (steps[i].Inputs.Any(input => steps[input].Op is RepeatRows) ? "Vector" : "")).Take(isPlain ? functions.Count : 3));
            return isPlain ? text : $"{text}_{RowProgramName.Hash(Formula + string.Concat(Packed.Select(p => p ? "P" : "A"))):x8}";
        }
    }

    /// <summary>What is computed, x w being the product.</summary>
    public string Formula => string.Join("; ", FormulaWriter.Write(Program, ["x w", .. InputNames], []));

    /// <summary>Names of the inputs but for the product.</summary>
    public IEnumerable<string> InputNames => Enumerable.Range(0, Program.InputCount - 1).Select(FormulaWriter.InputName);

    /// <summary>Names of the results.</summary>
    public IEnumerable<string> ResultNames => Program.Results.Select((_, i) => FormulaWriter.ResultName(Program, i));
}

/// <summary>Writes what becomes of a tile of a product, for one vector width.</summary>
internal sealed class EpilogueWriter
{
    /// <summary>Where a tile of the product waits, where much is computed of it.</summary>
    public const string Tile = "tile";

    private const int MostSteps = 3;

    private static readonly ElementwiseFunction[] Light =
    [
        ElementwiseFunctions.Add, ElementwiseFunctions.Subtract, ElementwiseFunctions.Multiply, ElementwiseFunctions.Negate, ElementwiseFunctions.Relu,
        ElementwiseFunctions.Gate, ElementwiseFunctions.Max, ElementwiseFunctions.Min, ElementwiseFunctions.Clamp,
    ];

    private readonly ProductEpilogue _epilogue;
    private readonly RowProgram _program;
    private readonly VectorSet _v;
    private readonly int[] _uses;
    private readonly Dictionary<int, Expr> _known = [];

    public EpilogueWriter(ProductEpilogue epilogue, VectorSet v)
    {
        (_epilogue, _program, _v, _uses) = (epilogue, epilogue.Program, v, epilogue.Program.Uses());
        var functions = _program.Steps.Select(s => s.Op).OfType<Elementwise>().ToList();
        InRegisters = _program.Results.Count == 1 && functions.Count <= MostSteps && functions.All(f => Light.Contains(f.Function))
            && Enumerable.Range(0, _uses.Length).All(i => _uses[i] <= 1 || _program.Steps[i].Op is Constant);
    }

    /// <summary>Whether it is so little that every sum of a tile is finished where it is; else a loop over the tile does it.</summary>
    public bool InRegisters { get; }

    /// <summary>The result for a sum that is in a register.</summary>
    public Expr OfSum(int row, int vector, Expr sum)
    {
        _known.Clear();
        _known[0] = sum;
        return Value(new Block(), _program.Results[0], vector, Index.N(row * _v.PanelWidth), "");
    }

    /// <summary>Keeps a sum for <see cref="OfTile"/>.</summary>
    public Statement Keep(int row, int vector, int panels, Expr sum) =>
        new Store(Index.Plus(Tile, ((row * panels * _v.VectorsPerPanel) + vector) * _v.Lanes), sum);

    /// <summary>The results for the sums of a tile.</summary>
    public void OfTile(Block block, int panels)
    {
        var width = panels * _v.VectorsPerPanel;
        block.For("e", "height", row =>
        {
            for (var vector = 0; vector < width; vector++)
            {
                _known.Clear();
                var suffix = "_" + Index.N(vector);
                _known[0] = row.Let("product" + suffix, Expr.Load(Index.Plus($"{Tile} + e * {width * _v.Lanes}", vector * _v.Lanes)));
                var v = vector;

                // All that is read is read before anything is stored: a result may overwrite an input.
                var values = _program.Results.Select((step, i) => Named(row, step, Value(row, step, v, $"e * {_v.PanelWidth}", suffix), suffix)).ToList();
                foreach (var (name, value) in _epilogue.ResultNames.Zip(values, (n, e) => (n, e)))
                {
                    row.Store(Address(name, vector, $"e * {_v.PanelWidth}"), value);
                }
            }
        });
    }

    private Expr Value(Block b, int step, int vector, string row, string suffix)
    {
        if (_known.TryGetValue(step, out var known))
        {
            return known;
        }

        var s = _program.Steps[step];
        var value = s.Op switch
        {
            Constant constant => Expr.Splat(constant.Value),
            RowInput input => Expr.Load(s.Shape.Kind == ShapeKind.Vector
                ? Vector(FormulaWriter.InputName(input.Index - 1), vector, _epilogue.Packed[input.Index - 1])
                : Address(FormulaWriter.InputName(input.Index - 1), vector, row)),
            Elementwise { Function: var function } => Apply(b, function, s.Inputs, vector, row, suffix),
            _ => Value(b, s.Inputs[0], vector, row, suffix),
        };
        return _uses[step] > 1 ? Named(b, step, value, suffix) : value;
    }

    private Expr Apply(Block b, ElementwiseFunction function, EquatableArray<int> inputs, int vector, string row, string suffix)
    {
        if (function == ElementwiseFunctions.Add)
        {
            for (var i = 0; i < 2; i++)
            {
                var product = _program.Steps[inputs[i]];
                if (_uses[inputs[i]] == 1 && product.Op is Elementwise { Function: var inner } && inner == ElementwiseFunctions.Multiply)
                {
                    return Expr.Fma(
                        Value(b, product.Inputs[0], vector, row, suffix), Value(b, product.Inputs[1], vector, row, suffix), Value(b, inputs[1 - i], vector, row, suffix));
                }
            }
        }

        var twice = VectorFunctions.UsesTwice(function);
        return VectorFunctions.Of(function, [.. inputs.Select(i => twice ? Named(b, i, Value(b, i, vector, row, suffix), suffix) : Value(b, i, vector, row, suffix))]);
    }

    private Expr Named(Block b, int step, Expr value, string suffix)
    {
        if (value is Name or Call { Function: Function.Splat })
        {
            return value;
        }

        return _known[step] = b.Let($"v{Index.N(step)}{suffix}", value);
    }

    private string Address(string name, int vector, string row) => Index.Plus(Index.Plus(
        name + (vector < _v.VectorsPerPanel ? " + j * panel" : " + (j + 1) * panel") + $" + t * {_v.PanelWidth}", row), vector % _v.VectorsPerPanel * _v.Lanes);

    private string Vector(string name, int vector, bool packed)
    {
        var panel = vector < _v.VectorsPerPanel ? "j" : "(j + 1)";
        return Index.Plus($"{name} + {panel} * {(packed ? Index.N(_v.PanelWidth) : "panel")}", vector % _v.VectorsPerPanel * _v.Lanes);
    }
}
