using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;

namespace MicroGpt.Generator.Passes;

/// <summary>
/// Rearranges the arithmetic of a row program by the rules of algebra, so that it takes less work: known numbers are multiplied at compile
/// time; factors that all channels of a group share are multiplied as single numbers, those known first together; a division by such a
/// number is a multiplication by its reciprocal; a sum over channels that would have to wait for another is taken apart where its parts
/// need not wait; and a hyperbolic tangent that is only asked for its distance from 1 is a sigmoid.
/// </summary>
internal sealed class SimplifyRows
{
    private readonly RowProgram _program;
    private readonly int[] _uses;
    private readonly bool[] _isSigmoid;
    private readonly int?[] _made;
    private readonly List<RowStep> _steps = [];
    private readonly Dictionary<RowStep, int> _places = [];

    // Reductions one after the other, and cycles in a chain, until a step is known.
    private readonly List<int> _stage = [];
    private readonly List<int> _ready = [];

    private SimplifyRows(RowProgram program)
    {
        (_program, _uses, _made) = (program, program.Uses(), new int?[program.Steps.Count]);
        _isSigmoid = FindSigmoids(program, _uses);
    }

    public static RowProgram Run(RowProgram program) => new SimplifyRows(program).Run();

    private RowProgram Run()
    {
        for (int i = 0; i < _program.Steps.Count; i++)
        {
            if (_program.Steps[i].Op is RowInput)
            {
                Make(i);
            }
        }

        int[] results = [.. _program.Results.Select(Make)];
        bool[] kept = new bool[_steps.Count];
        for (int i = 0; i < _steps.Count; i++)
        {
            kept[i] = _steps[i].Op is RowInput;
        }

        foreach (int result in results)
        {
            kept[result] = true;
        }

        for (int i = _steps.Count - 1; i >= 0; i--)
        {
            foreach (int input in kept[i] ? _steps[i].Inputs : default)
            {
                kept[input] = true;
            }
        }

        int[] place = new int[_steps.Count];
        var steps = new List<RowStep>();
        for (int i = 0; i < _steps.Count; i++)
        {
            if (kept[i])
            {
                place[i] = steps.Count;
                steps.Add(_steps[i] with { Inputs = _steps[i].Inputs.Select(k => place[k]).ToEquatableArray() });
            }
        }

        string[] names = steps.Select(_ => "").ToArray();
        for (int i = 0; i < results.Length; i++)
        {
            names[place[results[i]]] = _program.Names.Count == 0 ? "" : _program.Names[_program.Results[i]];
        }

        var simplified =
            new RowProgram(steps.ToEquatableArray(), results.Select(r => place[r]).ToEquatableArray()) { Names = names.ToEquatableArray() };
        return Enumerable.Range(0, results.Length).All(i => _steps[results[i]].Shape.Equals(_program.Steps[_program.Results[i]].Shape))
            ? simplified : _program;
    }

    /// <summary>The new step of an old one.</summary>
    private int Make(int old)
    {
        if (_made[old] is { } made)
        {
            return made;
        }

        var step = _program.Steps[old];
        int place = step.Op switch
        {
            Elementwise when SigmoidOf(old) is not null => Multiply(step.Shape, FactorsOf(old)),
            Elementwise { Function: var f } when f == ElementwiseFunctions.Multiply
                || f == ElementwiseFunctions.Negate || f == ElementwiseFunctions.Divide =>
                Multiply(step.Shape, FactorsOf(old)),
            Reduce { Reduction: Reduction.Sum } => Sum(step, Make(step.Inputs[0])),
            _ => Add(step.Op, step.Shape, [.. step.Inputs.Select(Make)]),
        };
        _made[old] = place;
        return place;
    }

    private int Add(Op op, Shape shape, params int[] inputs)
    {
        var step = new RowStep(op, inputs.ToEquatableArray(), shape);
        if (_places.TryGetValue(step, out int place))
        {
            return place;
        }

        _steps.Add(step);
        _stage.Add((inputs.Length == 0 ? 0 : inputs.Max(i => _stage[i])) + (op is Reduce ? 1 : 0));
        _ready.Add((inputs.Length == 0 ? 0 : inputs.Max(i => _ready[i])) + Latency(op));
        return _places[step] = _steps.Count - 1;
    }

    /// <summary>Some number of cycles: what matters is which of two values is known first.</summary>
    private static int Latency(Op op) => op switch
    {
        RowInput or Constant or RepeatRows or Detach or Regroup => 0,
        Reduce => 20,
        Elementwise { Function: var f }
            when f == ElementwiseFunctions.Add || f == ElementwiseFunctions.Subtract || f == ElementwiseFunctions.Multiply => 4,
        RepeatChannels => 4,
        _ => 20,
    };

    private static bool IsNarrow(Shape shape) => shape.Inner.Size == 1;

    /// <summary>A product: numbers, factors that a group shares, and others.</summary>
    private sealed class Factors
    {
        public double Constant { get; private set; } = 1;

        /// <summary>Numbers that the product is multiplied by one by one: with them the constant would be infinite.</summary>
        public List<double> Others { get; } = [];

        public List<int> Narrow { get; } = [];

        public List<int> Wide { get; } = [];

        /// <summary>Multiplies by a number.</summary>
        public void Multiply(double number)
        {
            Others.Add(number);

            // A small number may make room for one that did not go in before.
            for (int at = Fitting(); at >= 0; at = Fitting())
            {
                Constant *= Others[at];
                Others.RemoveAt(at);
            }
        }

        private int Fitting() => Others.FindIndex(n => !Overflows(Constant, n));
    }

    /// <summary>
    /// Whether the product of two numbers is infinite while they are not: times zero it would be no number. The precision is not known
    /// here; in double precision what fits single precision is kept apart in vain.
    /// </summary>
    private static bool Overflows(double a, double b) =>
        (double.IsInfinity(a * b) && !double.IsInfinity(a) && !double.IsInfinity(b))
        || (Constant.IsBeyondSingle(a * b) && !Constant.IsBeyondSingle(a) && !Constant.IsBeyondSingle(b));

    private Factors FactorsOf(int old)
    {
        var factors = new Factors();
        Collect(old, factors, isWhole: true);
        return factors;
    }

    /// <summary>Adds the factors of an old step; a step that others read, too, is one factor.</summary>
    private void Collect(int old, Factors factors, bool isWhole)
    {
        var step = _program.Steps[old];
        var function = (step.Op as Elementwise)?.Function;
        bool isOpen = isWhole || _uses[old] == 1;
        if (isOpen && SigmoidOf(old) is { } tangent)
        {
            CollectSigmoid(tangent, isSquared: function == ElementwiseFunctions.Subtract, factors);
        }
        else if (isOpen && function == ElementwiseFunctions.Multiply)
        {
            Collect(step.Inputs[0], factors, isWhole: false);
            Collect(step.Inputs[1], factors, isWhole: false);
        }
        else if (isOpen && function == ElementwiseFunctions.Negate)
        {
            factors.Multiply(-1);
            Collect(step.Inputs[0], factors, isWhole: false);
        }
        else if (isOpen && function == ElementwiseFunctions.Divide && _program.Steps[step.Inputs[1]] is { Op: RepeatChannels } divisor)
        {
            Collect(step.Inputs[0], factors, isWhole: false);
            int narrow = Make(divisor.Inputs[0]);
            factors.Narrow.Add(Add(step.Op, _steps[narrow].Shape, Number(1), narrow));
        }
        else if (isOpen && step.Op is RepeatChannels)
        {
            Collect(step.Inputs[0], factors, isWhole: false);
        }
        else if (function == ElementwiseFunctions.Divide && isWhole)
        {
            // A quotient that stays one is the only factor.
            Place(Add(step.Op, step.Shape, Make(step.Inputs[0]), Make(step.Inputs[1])), factors, isOpen: false);
        }
        else
        {
            Place(Make(old), factors, isOpen);
        }
    }

    /// <summary>1 + tanh x = 2 σ(2x) and 1 - tanh² x = 4 σ(2x) (1 - σ(2x)).</summary>
    private void CollectSigmoid(int tangent, bool isSquared, Factors factors)
    {
        var step = _program.Steps[tangent];
        var twice = new Factors();
        twice.Multiply(2);
        Collect(step.Inputs[0], twice, isWhole: false);
        int sigmoid = Add(new Elementwise(ElementwiseFunctions.Sigmoid), step.Shape, Multiply(step.Shape, twice));
        factors.Multiply(isSquared ? 4 : 2);
        Place(sigmoid, factors, isOpen: false);
        if (isSquared)
        {
            Place(Add(new Elementwise(ElementwiseFunctions.Subtract), step.Shape, Number(1), sigmoid), factors, isOpen: false);
        }
    }

    /// <summary>The hyperbolic tangent t of which a step is 1 + t or 1 - t², where it is a sigmoid.</summary>
    private int? SigmoidOf(int step) => TangentOf(_program, step) is { } tangent && _isSigmoid[tangent] ? tangent : null;

    private static int? TangentOf(RowProgram program, int step)
    {
        var (op, inputs) = (program.Steps[step].Op, program.Steps[step].Inputs);
        var function = (op as Elementwise)?.Function;
        bool IsOne(int place) => program.Steps[inputs[place]].Op is Constant { Value: 1 };
        bool Is(int input, ElementwiseFunction f) => program.Steps[input].Op is Elementwise { Function: var g } && g == f;
        int? Tangent(int input) => Is(input, ElementwiseFunctions.Tanh) ? input : null;
        return function == ElementwiseFunctions.Add ? IsOne(0) ? Tangent(inputs[1]) : IsOne(1) ? Tangent(inputs[0]) : null
            : function == ElementwiseFunctions.Subtract && IsOne(0) && Is(inputs[1], ElementwiseFunctions.Square)
                ? Tangent(program.Steps[inputs[1]].Inputs[0])
            : null;
    }

    /// <summary>Which steps are hyperbolic tangents t that nothing reads but as 1 + t and 1 - t².</summary>
    private static bool[] FindSigmoids(RowProgram program, int[] uses)
    {
        int[] read = new int[program.Steps.Count];
        for (int i = 0; i < program.Steps.Count; i++)
        {
            if (TangentOf(program, i) is { } tangent)
            {
                int square = program.Steps[i].Inputs[1];
                read[tangent] += program.Steps[i].Op is Elementwise { Function: var f }
                    && f == ElementwiseFunctions.Subtract && uses[square] != 1 ? 0 : 1;
            }
        }

        return [.. read.Select((count, i) => count > 0 && count == uses[i])];
    }

    private void Place(int made, Factors factors, bool isOpen)
    {
        var step = _steps[made];
        var function = (step.Op as Elementwise)?.Function;
        if (step.Op is Constant constant)
        {
            factors.Multiply(constant.Value);
        }
        else if (isOpen && (function == ElementwiseFunctions.Multiply || function == ElementwiseFunctions.Negate))
        {
            // What was a sum may have become a product.
            factors.Multiply(function == ElementwiseFunctions.Negate ? -1 : 1);
            foreach (int input in step.Inputs)
            {
                Place(input, factors, isOpen);
            }
        }
        else if (step.Op is RepeatChannels)
        {
            factors.Narrow.Add(step.Inputs[0]);
        }
        else
        {
            (IsNarrow(step.Shape) ? factors.Narrow : factors.Wide).Add(made);
        }
    }

    private int Number(double value) => Add(new Constant(value), Shape.Scalar);

    private int Product(Shape shape, int a, int b) => Add(new Elementwise(ElementwiseFunctions.Multiply), shape, a, b);

    /// <summary>A product of this shape.</summary>
    private int Multiply(Shape shape, Factors factors)
    {
        if (factors.Narrow.Count == 0 && factors.Wide.Count == 0)
        {
            return Number(factors.Others.Aggregate(factors.Constant, (a, b) => a * b));
        }

        if (factors.Narrow.Count == 0)
        {
            int product = factors.Wide.Aggregate((a, b) => Product(shape, a, b));
            product = factors.Constant switch
            {
                1 => product,
                -1 => Add(new Elementwise(ElementwiseFunctions.Negate), shape, product),
                _ => Product(shape, Number(factors.Constant), product),
            };
            return factors.Others.Aggregate(product, (p, n) => Product(shape, Number(n), p));
        }

        var shared = _steps[factors.Narrow[0]].Shape;
        var narrow = factors.Narrow.OrderBy(i => _ready[i]).ToList();
        if (factors.Constant != 1 && factors.Constant != -1)
        {
            narrow.Insert(0, Number(factors.Constant));
        }

        // Whatever is known first is multiplied first.
        while (narrow.Count > 1)
        {
            int first = Product(shared, narrow[0], narrow[1]);
            narrow.RemoveRange(0, 2);
            int at = narrow.FindIndex(i => _ready[i] > _ready[first]);
            narrow.Insert(at < 0 ? narrow.Count : at, first);
        }

        int number = factors.Constant == -1 ? Add(new Elementwise(ElementwiseFunctions.Negate), shared, narrow[0]) : narrow[0];
        number = factors.Others.Aggregate(number, (p, n) => Product(shared, Number(n), p));
        if (IsNarrow(shape) && factors.Wide.Count == 0)
        {
            return number;
        }

        int repeated = Add(new RepeatChannels(shape.Inner.Size), shape, number);
        return factors.Wide.Count == 0 ? repeated : Product(shape, repeated, factors.Wide.Aggregate((a, b) => Product(shape, a, b)));
    }

    /// <summary>A term of a value: a number, factors that a group shares, and a value whose sum over the channels is asked for.</summary>
    private sealed record Term(double Constant, EquatableArray<int> Narrow, int Wide);

    private int Sum(RowStep reduction, int operand)
    {
        int direct = _stage[operand] + 1;
        List<Term> terms = [.. TermsOf(operand, 1, [])];
        int apart = terms.Count == 0
            ? direct : terms.Max(t => Math.Max(_stage[t.Wide] + 1, t.Narrow.Count == 0 ? 0 : t.Narrow.Max(n => _stage[n])));
        if (apart >= direct)
        {
            return Add(reduction.Op, reduction.Shape, operand);
        }

        int[] sums =
        [
            .. terms.Select(term =>
            {
                var factors = new Factors();
                factors.Multiply(term.Constant);
                factors.Narrow.AddRange(term.Narrow);
                factors.Narrow.Add(Add(reduction.Op, reduction.Shape, term.Wide));
                return Multiply(reduction.Shape, factors);
            }),
        ];
        return sums.Aggregate((a, b) => Add(new Elementwise(ElementwiseFunctions.Add), reduction.Shape, a, b));
    }

    private IEnumerable<Term> TermsOf(int step, double constant, int[] narrow)
    {
        var (op, inputs) = (_steps[step].Op, _steps[step].Inputs);
        switch ((op as Elementwise)?.Function.Name)
        {
            case "Add" when !IsShared(inputs[0]) && !IsShared(inputs[1]):
                return [.. TermsOf(inputs[0], constant, narrow), .. TermsOf(inputs[1], constant, narrow)];
            case "Subtract" when IsDifferenceFromMean(step):
                return [];
            case "Subtract" when !IsShared(inputs[0]) && !IsShared(inputs[1]):
                return [.. TermsOf(inputs[0], constant, narrow), .. TermsOf(inputs[1], -constant, narrow)];
            case "Negate":
                return TermsOf(inputs[0], -constant, narrow);
            case "Multiply" when _steps[inputs[0]].Op is Constant number && !Overflows(constant, number.Value):
                return TermsOf(inputs[1], constant * number.Value, narrow);
            case "Multiply" when _steps[inputs[0]].Op is RepeatChannels:
                return TermsOf(inputs[1], constant, [.. narrow, _steps[inputs[0]].Inputs[0]]);
            default:
                return [new Term(constant, narrow.ToEquatableArray(), step)];
        }
    }

    // Summed apart from what they are added to, large numbers would cancel.
    private bool IsShared(int step) => _steps[step].Op is RepeatChannels or Constant;

    /// <summary>Whether a step is x - mean(x), whose sum is zero.</summary>
    private bool IsDifferenceFromMean(int step)
    {
        int x = _steps[step].Inputs[0], subtracted = _steps[step].Inputs[1];
        if (_steps[subtracted].Op is not RepeatChannels)
        {
            return false;
        }

        var mean = _steps[_steps[subtracted].Inputs[0]];
        return mean.Op is Elementwise { Function: var f } && f == ElementwiseFunctions.Multiply
            && _steps[mean.Inputs[0]].Op is Constant { Value: var share } && share == 1.0 / _steps[x].Shape.Inner.Size
            && _steps[mean.Inputs[1]] is { Op: Reduce { Reduction: Reduction.Sum } } sum && sum.Inputs[0] == x;
    }
}
