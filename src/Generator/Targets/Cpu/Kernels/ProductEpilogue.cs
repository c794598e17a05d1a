using System.Globalization;
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
            program.Steps.Select(s => s with { Shape = s.Shape.Kind == ShapeKind.Scalar ? s.Shape : s.Shape.WithChannels(1) })
                .ToEquatableArray(), program.Results),
        packed.ToEquatableArray());

    /// <summary>
    /// Whether a product of a shape can go on with a program: all works on its channels, and what is stored beyond them is zero.
    /// </summary>
    public static bool CanBe(Shape product, RowProgram program)
    {
        double?[] padding = Padding.Of(program, spreads: false);
        return program.InputCount <= MostInputs
            && program.Results.Count <= MostResults
            && program.Steps.All(s => s.Op is RowInput or Constant or Elementwise or RepeatRows
                && (s.Shape.Kind == ShapeKind.Scalar || s.Shape.Inner == product.Inner))
            && program.Results.All(r => program.Steps[r].Shape.Kind == ShapeKind.Rows && padding[r] == 0);
    }

    /// <summary>Short: its functions, and where these do not say all a number that tells it apart.</summary>
    public string Name
    {
        get
        {
            var steps = Program.Steps;
            var functions = Enumerable.Range(0, steps.Count).Where(i => steps[i].Op is Elementwise).ToList();
            bool isPlain = IsPlain(functions);
            string text = string.Concat(functions.Select(i => ((Elementwise)steps[i].Op).Function.Name
                + (steps[i].Inputs.Any(input => steps[input].Op is RepeatRows) ? "Vector" : "")).Take(isPlain ? functions.Count : 3));
            return isPlain ? text : $"{text}_{RowProgramName.Hash(RowProgramName.Structure(Program, Packed)):x8}";
        }
    }

    /// <summary>
    /// Whether the functions say all: each goes on with what the one before made of the product, what it takes besides is the input that
    /// comes next, and a vector is a parameter.
    /// </summary>
    private bool IsPlain(List<int> functions)
    {
        var steps = Program.Steps;
        var product = steps[0].Shape;
        var plain = new List<RowStep>();
        int Step(Op op, Shape shape, params int[] of)
        {
            plain.Add(new RowStep(op, of.ToEquatableArray(), shape));
            return plain.Count - 1;
        }

        var vectors = new List<bool>();
        int last = Step(new RowInput(0), product);
        foreach (int function in functions)
        {
            int[] of = [last];
            if (steps[function].Inputs.Count > 1)
            {
                bool isVector = steps[function].Inputs.Any(input => steps[input].Op is RepeatRows);
                vectors.Add(isVector);
                int input = Step(new RowInput(vectors.Count), isVector ? Shape.Vector(product.Inner) : product);
                of = [last, isVector ? Step(new RepeatRows(), product, input) : input];
            }

            last = Step(steps[function].Op, product, of);
        }

        return functions.Count > 0 && functions.All(i => Plain.Contains(((Elementwise)steps[i].Op).Function))
            && Equals(new ProductEpilogue(
                new RowProgram(plain.ToEquatableArray(), new[] { last }.ToEquatableArray()), vectors.ToEquatableArray()));
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
    public static Pointer Tile { get; } = new("tile");

    private const int MostSteps = 3;

    private static readonly ElementwiseFunction[] Light =
    [
        ElementwiseFunctions.Add, ElementwiseFunctions.Subtract, ElementwiseFunctions.Multiply, ElementwiseFunctions.Negate,
        ElementwiseFunctions.Relu, ElementwiseFunctions.Gate, ElementwiseFunctions.Max, ElementwiseFunctions.Min,
        ElementwiseFunctions.Clamp,
    ];

    private readonly ProductEpilogue _epilogue;
    private readonly RowProgram _program;
    private readonly VectorSet _v;
    private readonly int[] _uses;
    private readonly Dictionary<int, Expr> _known = [];

    // Where the vector that is being written lies: its panel and its row, and its number in the tile's row.
    private Integer _panel = 0, _row = 0;
    private int _vector;

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
    /// <param name="panel">The panel of columns that the tile begins with.</param>
    /// <param name="row">Row of the tile.</param>
    /// <param name="vector">Vector of the row.</param>
    /// <param name="sum">The sum.</param>
    public Expr OfSum(Integer panel, int row, int vector, Expr sum)
    {
        Begin(panel, row, vector, sum);
        return Value(new Block(), _program.Results[0], "");
    }

    /// <summary>Keeps a sum for <see cref="OfTile"/>.</summary>
    public Statement Keep(int row, int vector, int panels, Expr sum) =>
        new Store(Tile + (((row * panels * _v.VectorsPerPanel) + vector) * _v.Lanes), sum);

    /// <summary>The results for the sums of a tile.</summary>
    public void OfTile(Block block, Integer panel, int panels)
    {
        int width = panels * _v.VectorsPerPanel;
        block.For("e", TileProduct.Height, (row, e) =>
        {
            for (int vector = 0; vector < width; vector++)
            {
                string suffix = "_" + vector.ToString(CultureInfo.InvariantCulture);
                Begin(panel, e, vector, row.Let("product" + suffix, Expr.Load(Tile + (e * (width * _v.Lanes)) + (vector * _v.Lanes))));

                // All that is read is read before anything is stored: a result may overwrite an input.
                var values = _program.Results.Select(step => Named(row, step, Value(row, step, suffix), suffix)).ToList();
                foreach (var (name, value) in _epilogue.ResultNames.Zip(values, (n, e) => (n, e)))
                {
                    row.Store(OfRow(name), value);
                }
            }
        });
    }

    private void Begin(Integer panel, Integer row, int vector, Expr sum)
    {
        _known.Clear();
        _known[0] = sum;
        (_panel, _row, _vector) = (vector < _v.VectorsPerPanel ? panel : panel + 1, row, vector % _v.VectorsPerPanel);
    }

    private Expr Value(Block b, int step, string suffix)
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
                ? OfAllRows(FormulaWriter.InputName(input.Index - 1), _epilogue.Packed[input.Index - 1])
                : OfRow(FormulaWriter.InputName(input.Index - 1))),
            Elementwise { Function: var function } => Apply(b, function, s.Inputs, suffix),
            _ => Value(b, s.Inputs[0], suffix),
        };
        return _uses[step] > 1 ? Named(b, step, value, suffix) : value;
    }

    private Expr Apply(Block b, ElementwiseFunction function, EquatableArray<int> inputs, string suffix)
    {
        if (function == ElementwiseFunctions.Add)
        {
            for (int i = 0; i < 2; i++)
            {
                var product = _program.Steps[inputs[i]];
                if (_uses[inputs[i]] == 1 && product.Op is Elementwise { Function: var inner } && inner == ElementwiseFunctions.Multiply)
                {
                    return Expr.Fma(
                        Value(b, product.Inputs[0], suffix), Value(b, product.Inputs[1], suffix), Value(b, inputs[1 - i], suffix));
                }
            }
        }

        bool twice = VectorFunctions.UsesTwice(function);
        return VectorFunctions.Of(
            function, [.. inputs.Select(i => twice ? Named(b, i, Value(b, i, suffix), suffix) : Value(b, i, suffix))]);
    }

    private Expr Named(Block b, int step, Expr value, string suffix)
    {
        if (value is Name or Call { Function: Function.Splat })
        {
            return value;
        }

        return _known[step] = b.Let(new Names("v", suffix)[step], value);
    }

    /// <summary>Where the vector lies in a tensor of the same shape.</summary>
    private Address OfRow(string name) =>
        new Pointer(name) + (_panel * Given.Panel) + (TileProduct.Row * _v.PanelWidth) + (_row * _v.PanelWidth) + (_vector * _v.Lanes);

    /// <summary>Where it lies in what is the same for every row.</summary>
    private Address OfAllRows(string name, bool packed) =>
        new Pointer(name) + (_panel * (packed ? (Integer)_v.PanelWidth : Given.Panel)) + (_vector * _v.Lanes);
}
