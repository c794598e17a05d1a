namespace MicroGpt.Reference;

/// <summary>A number on a <see cref="Tape"/>. Each operation states its value and, beside it, its local derivatives.</summary>
public readonly struct Value
{
    private readonly Tape _tape;

    internal Value(Tape tape, int index)
    {
        _tape = tape;
        Index = index;
    }

    /// <summary>The number itself.</summary>
    public double Data => _tape.Data(Index);

    /// <summary>Derivative of the output of the last <see cref="Tape.Backward"/> with respect to this number.</summary>
    public double Gradient => _tape.Gradient(Index);

    /// <summary>Position on the tape.</summary>
    internal int Index { get; }

    /// <summary>a + b.</summary>
    public static Value operator +(Value a, Value b) => a._tape.Append(a.Data + b.Data, a, 1, b, 1);

    /// <summary>a + b, b constant.</summary>
    public static Value operator +(Value a, double b) => a._tape.Append(a.Data + b, a, 1);

    /// <summary>a · b.</summary>
    public static Value operator *(Value a, Value b) => a._tape.Append(a.Data * b.Data, a, b.Data, b, a.Data);

    /// <summary>a · b, b constant.</summary>
    public static Value operator *(Value a, double b) => a._tape.Append(a.Data * b, a, b);

    /// <summary>-a.</summary>
    public static Value operator -(Value a) => a * -1;

    /// <summary>a - b.</summary>
    public static Value operator -(Value a, Value b) => a + -b;

    /// <summary>a - b, b constant.</summary>
    public static Value operator -(Value a, double b) => a + -b;

    /// <summary>a / b.</summary>
    public static Value operator /(Value a, Value b) => a * b.Pow(-1);

    /// <summary>a / b, b constant.</summary>
    public static Value operator /(Value a, double b) => a * (1 / b);

    /// <summary>This number to the power of a constant.</summary>
    public Value Pow(double exponent) =>
        _tape.Append(Math.Pow(Data, exponent), this, exponent * Math.Pow(Data, exponent - 1));

    /// <summary>Natural logarithm.</summary>
    public Value Log() => _tape.Append(Math.Log(Data), this, 1 / Data);

    /// <summary>e to the power of this number.</summary>
    public Value Exp()
    {
        double exp = Math.Exp(Data);
        return _tape.Append(exp, this, exp);
    }

    /// <summary>max(0, x), with derivative 0 at 0.</summary>
    public Value Relu() => _tape.Append(Data > 0 ? Data : 0, this, Data > 0 ? 1 : 0);
}
