using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;

namespace MicroGpt.Generator.Targets.Cpu.Kernels;

/// <summary>The values of a program's steps: numbers of the row, the same in all lanes, and vectors.</summary>
internal sealed partial class RowProgramWriter
{
    /// <summary>What goes into a reduction: lanes that hold nothing do not count.</summary>
    private Expr Operand(Block b, int step, Place place, Reduction reduction)
    {
        var value = Value(b, step, place);
        bool[] valid = Valid(place);
        return valid.All(x => x) || (reduction == Reduction.Sum && _padding[step] == 0)
            ? value
            : Expr.Select(value, valid, reduction == Reduction.Sum ? 0 : double.NegativeInfinity);
    }

    /// <summary>Lanes that hold nothing stay zero, which whoever reads them relies on.</summary>
    private Expr Cleared(Expr value, int step, Place place)
    {
        bool[] valid = Valid(place);
        return valid.All(x => x) || _padding[step] == 0 ? value : Expr.Select(value, valid, 0);
    }

    /// <summary>The same for a product whose lanes that hold nothing are zero.</summary>
    private (Expr A, Expr B)? Product(Block b, int step, Place place)
    {
        bool clean = Valid(place).All(x => x) || _padding[step] == 0;
        return clean && !_ofVector.ContainsKey((step, place.Key)) ? ProductAnywhere(b, step, place) : null;
    }

    /// <summary>Whether a value has one channel, and so is one number for the unit.</summary>
    private bool IsOneNumber(int step)
    {
        var shape = _program.Steps[step].Shape;
        return _program.Steps[step].Op is not RepeatChannels && shape.Kind != ShapeKind.Scalar
            && (shape.Inner.Count == 1 || (shape.Inner.Size == 1 && !_kernel.Layout.InLanes(_v.PanelWidth) && _kernel.Layout.Groups > 1));
    }

    private bool IsInLanes(int step) =>
        _kernel.Layout.InLanes(_v.PanelWidth) && _program.Steps[step].Op is Reduce
            && _program.Steps[_program.Steps[step].Inputs[0]].Shape.Inner.Groups == _kernel.Layout.Groups;

    /// <summary>Declares the numbers of the row that are known after so many reductions one after the other.</summary>
    private void DeclareRowValues(Block row, int stage)
    {
        for (int i = 0; i < _stage.Length; i++)
        {
            if (_stage[i] == stage && _isOfRow[i] && _program.Steps[i].Op is not Constant)
            {
                if (_isReadByVectors[i])
                {
                    Repeated(row, i);
                }
                else if (_program.Steps[i].Op is Elementwise or RowInput)
                {
                    NumberOf(row, i);
                }
            }
        }
    }

    /// <summary>A value of the row as a number.</summary>
    private Expr NumberOf(Block row, int step)
    {
        if (_numbers.TryGetValue(step, out var known))
        {
            return known;
        }

        var s = _program.Steps[step];
        switch (s.Op)
        {
            case Constant constant:
                return new Number(constant.Value);
            case RepeatRows or RepeatChannels or Detach or Regroup:
                return NumberOf(row, s.Inputs[0]);
            case RowInput input:
                return _numbers[step] = row.Let(
                    $"v{step}", Expr.At(
                        new Pointer(FormulaWriter.InputName(input.Index)), s.Shape.Kind == ShapeKind.Vector ? 0 : _row * _v.PanelWidth));
            case Elementwise { Function: var function }:
                var value = VectorFunctions.IsOfNumbers(function)
                    ? VectorFunctions.Of(function, [.. s.Inputs.Select(i => NumberOf(row, i))])
                    : Expr.First(Repeated(row, step));
                return _numbers[step] = row.Let($"v{step}", value);
            default:
                throw new GraphException($"{s.Op} is not a number of a row");
        }
    }

    /// <summary>A value of the row in all lanes.</summary>
    private Expr Repeated(Block row, int step)
    {
        if (_repeated.TryGetValue(step, out var known))
        {
            return known;
        }

        var s = _program.Steps[step];
        switch (s.Op)
        {
            case Constant constant:
                return Expr.Splat(constant.Value);
            case RepeatRows or RepeatChannels or Detach or Regroup:
                return Repeated(row, s.Inputs[0]);
            case Elementwise { Function: var function } when !VectorFunctions.IsOfNumbers(function):
                return _repeated[step] = row.Let($"all{step}", VectorFunctions.Of(function, [.. s.Inputs.Select(i => Repeated(row, i))]));
            default:
                return _repeated[step] = row.Let($"all{step}", Expr.Splat(NumberOf(row, step)));
        }
    }

    /// <summary>A value that is named, so that it may be written several times.</summary>
    private Expr Materialised(Block b, int step, Place place)
    {
        var value = Value(b, step, place);
        if (value is Name or Call { Function: Function.Splat })
        {
            return value;
        }

        value = b.Let($"v{step}_{Suffix(place)}", value);
        _ofVector[(step, place.Key)] = value;
        return value;
    }

    // What stands outside of a loop is in the scope of the row, where names must differ from pass to pass.
    private string Suffix(Place place) => place.Number is not { } panel ? $"{place.Vector}"
        : _unrolled ? $"{panel}_{place.Vector}" : $"{panel}_{place.Vector}_{Letters(_pass)}";

    /// <summary>a to z, ba to bz, ...</summary>
    private static string Letters(int number) => (number < 26 ? "" : Letters(number / 26)) + (char)('a' + (number % 26));

    private Expr Value(Block b, int step, Place place)
    {
        if (_isOfRow[step])
        {
            return Repeated(b, step);
        }

        if (_ofVector.TryGetValue((step, place.Key), out var known))
        {
            return known;
        }

        var s = _program.Steps[step];
        var value = s.Op switch
        {
            RowInput input => Expr.Load(
                Address(FormulaWriter.InputName(input.Index), place, _kernel.Packed[input.Index], s.Shape.Kind == ShapeKind.Vector)),
            Elementwise { Function: var function } => Apply(b, function, s.Inputs, place),
            Reduce => SumInLanes(b, s.Inputs[0], place),
            RepeatChannels or RepeatRows or Detach or Regroup => Value(b, s.Inputs[0], place),
            _ => throw new GraphException($"{s.Op} is not part of a row program"),
        };
        if (_uses[step] > 1 && value is not Name)
        {
            value = b.Let($"v{step}_{Suffix(place)}", value);
            _ofVector[(step, place.Key)] = value;
        }

        return value;
    }

    private Expr Apply(Block b, ElementwiseFunction function, EquatableArray<int> inputs, Place place)
    {
        if (function == ElementwiseFunctions.Add)
        {
            for (int i = 0; i < 2; i++)
            {
                if (!_isOfRow[inputs[i]] && !_ofVector.ContainsKey((inputs[i], place.Key))
                    && ProductAnywhere(b, inputs[i], place) is { } product)
                {
                    return Expr.Fma(product.A, product.B, Value(b, inputs[1 - i], place));
                }
            }
        }

        return VectorFunctions.Of(
            function, [.. inputs.Select(i => VectorFunctions.UsesTwice(function) ? Materialised(b, i, place) : Value(b, i, place))]);
    }

    /// <summary>The factors of a product that is used once, so that it can be part of a multiply-add.</summary>
    private (Expr A, Expr B)? ProductAnywhere(Block b, int step, Place place)
    {
        var s = _program.Steps[step];
        if (_uses[step] != 1 || s.Op is not Elementwise { Function: var function })
        {
            return null;
        }

        if (function == ElementwiseFunctions.Multiply)
        {
            return (Value(b, s.Inputs[0], place), Value(b, s.Inputs[1], place));
        }

        if (function == ElementwiseFunctions.Square)
        {
            var x = Materialised(b, s.Inputs[0], place);
            return (x, x);
        }

        return null;
    }

    /// <summary>The sum over a group that is narrower than a panel, in all of its lanes.</summary>
    private Expr SumInLanes(Block b, int operand, Place place)
    {
        int padded = _kernel.Layout.Padded;
        if (padded <= _v.Lanes)
        {
            return Expr.SumGroups(Operand(b, operand, place, Reduction.Sum), padded);
        }

        int vectors = padded / _v.Lanes;
        int first = place.Vector / vectors * vectors;
        Expr[] terms =
        [
            .. Enumerable.Range(first, vectors).Select(i => place with { Vector = i })
                .Where(other => Valid(other).Any(x => x)).Select(other => Operand(b, operand, other, Reduction.Sum)),
        ];
        return Expr.SumGroups(Expr.Sum(terms), _v.Lanes);
    }

    private Address Address(string name, Place place, bool packed, bool isVector = false)
    {
        var panel = (_firstPanel + place.Panel) * (packed ? (Integer)_v.PanelWidth : Given.Panel);
        return new Pointer(name) + panel + (isVector ? 0 : _row * _v.PanelWidth) + (place.Vector * _v.Lanes);
    }
}
