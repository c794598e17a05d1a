using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;

namespace MicroGpt.Generator.Targets.Cpu.Kernels;

/// <summary>
/// Writes the statements of a row program for one unit of a row and one vector width: here the passes over the vectors of the unit, in the
/// other file the values that they read.
/// </summary>
internal sealed partial class RowProgramWriter
{
    /// <summary>So many vectors of a unit are kept in registers; more are gone over in loops.</summary>
    private const int MostInRegisters = 4;

    private readonly RowProgramKernel _kernel;
    private readonly RowProgram _program;
    private readonly VectorSet _v;
    private readonly Integer _row;
    private readonly Integer _firstPanel;
    private readonly int[] _uses;
    private readonly int[] _stage;
    private readonly double?[] _padding;
    private readonly bool _unrolled;
    private readonly int _lastStage;
    private int _pass;

    // Values that are known where a statement is written: those of the row, as numbers and in all lanes, and those of a vector.
    private readonly bool[] _isOfRow;
    private readonly bool[] _isReadByVectors;
    private readonly Dictionary<int, Expr> _numbers = [];
    private readonly Dictionary<int, Expr> _repeated = [];
    private readonly Dictionary<(int Step, (int Panel, int Vector) Vector), Expr> _ofVector = [];

    public RowProgramWriter(RowProgramKernel kernel, VectorSet v, Integer row, Integer firstPanel)
    {
        (_kernel, _program, _v, _row, _firstPanel) = (kernel, kernel.Program, v, row, firstPanel);
        _uses = _program.Uses();
        _stage = new int[_program.Steps.Count];
        _padding = Padding.Of(_program);
        _isOfRow = new bool[_program.Steps.Count];
        _isReadByVectors = new bool[_program.Steps.Count];
        for (int i = 0; i < _stage.Length; i++)
        {
            var step = _program.Steps[i];
            int stage = step.Inputs.Count == 0 ? 0 : step.Inputs.Max(k => _stage[k]);
            _stage[i] = step.Op is Reduce && !IsInLanes(i) ? stage + 1 : stage;
            _isOfRow[i] = step.Op is Constant || IsOneNumber(i)
                || (step.Op is Elementwise or RepeatChannels or RepeatRows or Detach or Regroup && step.Inputs.All(k => _isOfRow[k]));
        }

        for (int i = 0; i < _stage.Length; i++)
        {
            foreach (int input in _program.Steps[i].Inputs.Where(k => _isOfRow[k]))
            {
                _isReadByVectors[input] |= !_isOfRow[i];
            }
        }

        foreach (int result in _program.Results.Where(r => _isOfRow[r] && !IsOneNumber(r)))
        {
            _isReadByVectors[result] = true;
        }

        _lastStage = _stage.Max();
        _unrolled = Vectors().Count() <= MostInRegisters;
    }

    private int Panels => _kernel.Layout.UnitPanels;

    public void Write(Block row)
    {
        DeclareRowValues(row, 0);
        for (int stage = 0; stage < _lastStage; stage++)
        {
            int[] sums = [.. Enumerable.Range(0, _stage.Length)
                .Where(i => _program.Steps[i].Op is Reduce && !IsInLanes(i) && _stage[i] == stage + 1)];
            Accumulate(row, sums);

            DeclareRowValues(row, stage + 1);
        }

        var wide = _program.Results.Where(r => !IsOneNumber(r)).Distinct().ToList();
        if (wide.Count > 0)
        {
            EachSet(row, (b, set) =>
            {
                // All that is read is read before anything is stored: a result may overwrite an input.
                var values = (from vector in set from step in wide select (
                    Vector: vector, Step: step, Value: Materialised(b, step, vector))).ToList();
                foreach (var value in values)
                {
                    foreach (int result in ResultsOf(value.Step))
                    {
                        b.Store(
                            Address(FormulaWriter.ResultName(_program, result), value.Vector, packed: false),
                            Cleared(value.Value, value.Step, value.Vector));
                    }
                }
            });
            foreach (var empty in EmptyVectors())
            {
                foreach (int result in wide.SelectMany(ResultsOf))
                {
                    row.Store(Address(FormulaWriter.ResultName(_program, result), empty, packed: false), Expr.Zero);
                }
            }
        }

        foreach (int narrow in _program.Results.Where(IsOneNumber).Distinct())
        {
            foreach (int result in ResultsOf(narrow))
            {
                string name = FormulaWriter.ResultName(_program, result);
                row.Store(Row(name), Expr.FirstLanes(Repeated(row, narrow), 1, 0));
                for (int i = 1; i < _v.VectorsPerPanel; i++)
                {
                    row.Store(Row(name) + (i * _v.Lanes), Expr.Zero);
                }
            }
        }
    }

    private IEnumerable<int> ResultsOf(int step) => Enumerable.Range(0, _program.Results.Count).Where(r => _program.Results[r] == step);

    private Address Row(string name) => new Pointer(name) + (_row * _v.PanelWidth);

    /// <summary>One vector of a unit: which panel, also as a number where that is known, and which vector of the panel.</summary>
    private readonly record struct Place(Integer Panel, int? Number, int Vector)
    {
        /// <summary>What tells it apart while its values are known: there is one loop at a time.</summary>
        public (int Panel, int Vector) Key => (Number ?? -1, Vector);
    }

    /// <summary>The vectors of a unit that hold something.</summary>
    private IEnumerable<Place> Vectors() => Enumerable.Range(0, Panels).SelectMany(VectorsOf);

    private IEnumerable<Place> VectorsOf(int panel) => AllVectorsOf(panel).Where(place => Valid(place).Any(valid => valid));

    private IEnumerable<Place> AllVectorsOf(int panel) => Enumerable.Range(0, _v.VectorsPerPanel).Select(i => new Place(panel, panel, i));

    /// <summary>
    /// The vectors of a unit's panels that hold nothing and that no loop goes over: they are zero, as all that lies beyond the last
    /// channel.
    /// </summary>
    private IEnumerable<Place> EmptyVectors() => Enumerable.Range(0, Panels).Skip(_unrolled ? 0 : Panels - 1)
        .SelectMany(panel => AllVectorsOf(panel).Except(VectorsOf(panel)));

    private bool[] Valid(Place place) => place.Number is { } panel
        ? _kernel.Layout.Valid((panel * _v.PanelWidth) + (place.Vector * _v.Lanes), _v.Lanes, _v.PanelWidth)
        : _kernel.Layout.Valid(place.Vector * _v.Lanes, _v.Lanes, _v.PanelWidth);

    private void EachVector(Block row, Action<Block, Place> body) => EachSet(row, (b, set) =>
    {
        foreach (var place in set)
        {
            body(b, place);
        }
    });

    /// <summary>
    /// Vectors that read one another: those of a group of channels that is wider than a vector and narrower than a panel, else each alone.
    /// </summary>
    private IEnumerable<IReadOnlyList<Place>> Sets(IEnumerable<Place> places)
    {
        int vectors = _kernel.Layout.InLanes(_v.PanelWidth) ? Math.Max(1, _kernel.Layout.Padded / _v.Lanes) : 1;
        return places.GroupBy(place => (place.Panel, place.Vector / vectors)).Select(set => set.ToList());
    }

    /// <summary>
    /// Statements for every vector: written out where they are few, else in a loop over the panels and once more for an incomplete last
    /// one.
    /// </summary>
    private void EachSet(Block row, Action<Block, IReadOnlyList<Place>> body)
    {
        if (_unrolled)
        {
            foreach (var set in Sets(Vectors()))
            {
                body(row, set);
            }

            return;
        }

        bool isWhole = VectorsOf(Panels - 1).Count() == _v.VectorsPerPanel
            && VectorsOf(Panels - 1).Zip(VectorsOf(0), (last, first) => Valid(last).SequenceEqual(Valid(first))).All(same => same);
        int looped = isWhole ? Panels : Panels - 1;
        if (looped > 0)
        {
            row.ForPanels("p", looped, (b, p) =>
            {
                foreach (var set in Sets(Enumerable.Range(0, _v.VectorsPerPanel).Select(i => new Place(p, p is WholeNumber ? 0 : null, i))))
                {
                    body(b, set);
                }

                ForgetVectors();
            });
        }

        if (!isWhole)
        {
            foreach (var set in Sets(VectorsOf(Panels - 1)))
            {
                body(row, set);
            }

            ForgetVectors();
        }
    }

    private void ForgetVectors()
    {
        _ofVector.Clear();
        _pass++;
    }

    private void Accumulate(Block row, int[] sums)
    {
        int lanes = _unrolled ? 1 : _v.VectorsPerPanel;
        if (_unrolled)
        {
            foreach (int sum in sums)
            {
                var reduction = ((Reduce)_program.Steps[sum].Op).Reduction;
                int operand = _program.Steps[sum].Inputs[0];
                Expr[] terms = [.. Vectors().Select(place => Operand(row, operand, place, reduction))];
                Finish(row, sum, reduction, Combine(reduction, terms));
            }

            return;
        }

        foreach (int sum in sums)
        {
            var reduction = ((Reduce)_program.Steps[sum].Op).Reduction;
            row.Together(line =>
            {
                for (int i = 0; i < lanes; i++)
                {
                    line.Let(Partial(sum)[i], reduction == Reduction.Sum ? Expr.Zero : Expr.Splat(double.NegativeInfinity));
                }
            });
        }

        EachVector(row, (b, place) =>
        {
            foreach (int sum in sums)
            {
                var reduction = ((Reduce)_program.Steps[sum].Op).Reduction;
                int operand = _program.Steps[sum].Inputs[0];
                var name = Partial(sum)[place.Vector];
                if (reduction == Reduction.Sum && Product(b, operand, place) is { } product)
                {
                    b.Assign(name, Expr.Fma(product.A, product.B, name));
                }
                else
                {
                    var term = Operand(b, operand, place, reduction);
                    b.Assign(name, reduction == Reduction.Sum ? name + term : Expr.Max(name, term));
                }
            }
        });
        foreach (int sum in sums)
        {
            var reduction = ((Reduce)_program.Steps[sum].Op).Reduction;
            Finish(row, sum, reduction, Combine(reduction, [.. Partial(sum).First(lanes)]));
        }
    }

    /// <summary>What is reduced so far, for each vector of a panel.</summary>
    private static Names Partial(int sum) => new($"r{sum}_");

    private void Finish(Block row, int sum, Reduction reduction, Expr combined) =>
        _numbers[sum] = row.Let($"v{sum}", reduction == Reduction.Sum ? Expr.Sum(combined) : Expr.Largest(combined));

    private static Expr Combine(Reduction reduction, Expr[] terms) =>
        reduction == Reduction.Sum ? Expr.Sum(terms) : terms.Aggregate((a, b) => Expr.Max(a, b));
}
