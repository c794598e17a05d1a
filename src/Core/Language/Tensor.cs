using System.Diagnostics;

namespace MicroGpt;

/// <summary>
/// A value of a forward pass: [rows, channels], where the rows are the packed positions of a batch, or a vector [channels], the same
/// for every row. Computed at once, in double; a tape remembers how, for the gradient.
/// </summary>
/// <remarks>
/// <c>+ - * /</c> work element by element. A number, a vector and a tensor of one channel repeat over what they lack; where channels
/// are seen as groups (<see cref="Heads"/>), one channel a group repeats within its group, and a vector as long as a group for each.
/// While <c>Forward</c> runs, the debugger shows the numbers, but the model cannot read them.
/// </remarks>
[DebuggerDisplay("{DebuggerDisplay,nq}")]
[DebuggerTypeProxy(typeof(TensorDebugView))]
public class Tensor
{
    private string? _name;

    internal Tensor(ForwardPass? pass, bool isVector, Axis axis, double[] values, string operation)
    {
        Pass = pass;
        IsVector = isVector;
        Axis = axis;
        Values = values;
        Operation = operation;
        pass?.Tape.Add(this);
    }

    private protected Tensor(bool isVector, Axis axis, string operation)
    {
        IsVector = isVector;
        Axis = axis;
        Values = [];
        Operation = operation;
    }

    /// <summary>Number of channels, those of all groups together.</summary>
    /// <exception cref="LanguageException">It is a matrix.</exception>
    public int Channels => Operand().Axis.Count;

    /// <summary>The run that it belongs to; null for a number, and for a parameter while its model does not run.</summary>
    internal ForwardPass? Pass { get; private protected set; }

    internal bool IsVector { get; }

    internal Axis Axis { get; }

    /// <summary>Channels of a group.</summary>
    internal int GroupSize => Operand().Axis.Size;

    /// <summary>Rows that are stored: one of a vector.</summary>
    internal virtual int StoredRows => IsVector ? 1 : Pass!.Rows;

    /// <summary>Dense, row by row.</summary>
    internal double[] Values { get; private protected set; }

    /// <summary>The gradient of the loss with respect to the values; null while none has arrived.</summary>
    internal double[]? Gradient { get; set; }

    /// <summary>Hands the gradient on to what this was computed from; null where there is nothing to hand it to.</summary>
    internal Action? Backpropagate { get; set; }

    /// <summary>Whether the loss may depend on a parameter through it.</summary>
    internal bool NeedsGradient { get; set; }

    /// <summary>What it was computed by.</summary>
    internal string Operation { get; }

    /// <summary>A view of another tensor's channels as other groups has it here.</summary>
    internal Tensor? Viewed { get; init; }

    private string DebuggerDisplay => TensorText.Line(this);

    /// <summary>Channels from a first one up to a last one that is not included; of each group, where there are several.</summary>
    /// <exception cref="LanguageException">There are no such channels.</exception>
    public Tensor this[Range range]
    {
        get
        {
            int size = GroupSize;
            int from = range.Start.GetOffset(size), to = range.End.GetOffset(size);
            if (from < 0 || to > size || from >= to)
            {
                throw new LanguageException(
                    $"{this} has no channels {from}..{to}: {(Axis.Groups > 1 ? "a group" : "it")} has {size}, and a slice at least one");
            }

            return from == 0 && to == size ? this : ChannelOperations.Slice(this, from, to);
        }
    }

    /// <summary>a + b, element by element.</summary>
    public static Tensor operator +(Tensor a, Tensor b) => Elementwise.Apply(Elementwise.Add, a, b);

    /// <summary>a − b, element by element.</summary>
    public static Tensor operator -(Tensor a, Tensor b) => Elementwise.Apply(Elementwise.Subtract, a, b);

    /// <summary>a · b, element by element.</summary>
    public static Tensor operator *(Tensor a, Tensor b) => Elementwise.Apply(Elementwise.Multiply, a, b);

    /// <summary>a / b, element by element.</summary>
    public static Tensor operator /(Tensor a, Tensor b) => Elementwise.Apply(Elementwise.Divide, a, b);

    /// <summary>a + b for every element of a.</summary>
    public static Tensor operator +(Tensor a, double b) => a + Number(b);

    /// <summary>a − b for every element of a.</summary>
    public static Tensor operator -(Tensor a, double b) => a - Number(b);

    /// <summary>a · b for every element of a.</summary>
    public static Tensor operator *(Tensor a, double b) => a * Number(b);

    /// <summary>a / b for every element of a.</summary>
    public static Tensor operator /(Tensor a, double b) => a / Number(b);

    /// <summary>a + b for every element of b.</summary>
    public static Tensor operator +(double a, Tensor b) => Number(a) + b;

    /// <summary>a − b for every element of b.</summary>
    public static Tensor operator -(double a, Tensor b) => Number(a) - b;

    /// <summary>a · b for every element of b.</summary>
    public static Tensor operator *(double a, Tensor b) => Number(a) * b;

    /// <summary>a / b for every element of b.</summary>
    public static Tensor operator /(double a, Tensor b) => Number(a) / b;

    /// <summary>−a, element by element.</summary>
    public static Tensor operator -(Tensor a) => Elementwise.Apply(Elementwise.Negate, a);

    /// <summary>
    /// The same channels seen as <paramref name="groups"/> groups; <see cref="Channels"/> stays. <c>Heads(1)</c> ungroups.
    /// </summary>
    /// <exception cref="LanguageException">The channels are not a whole number for each group.</exception>
    public Tensor Heads(int groups)
    {
        if (groups < 1 || Channels % groups != 0)
        {
            throw new LanguageException($"{this} has {Channels} channels, which are not a whole number for each of {groups} heads");
        }

        if (groups == Axis.Groups)
        {
            return this;
        }

        // A view of a view is a view of what lies beneath.
        var under = Viewed ?? this;
        return under.Axis.Groups == groups ? under : ChannelOperations.View(under, new Axis(groups, Channels / groups));
    }

    /// <summary>Gives the value a name: for dumps, error messages and generated code. The first name stays.</summary>
    /// <param name="name">The name.</param>
    /// <returns>The same tensor.</returns>
    public Tensor Named(string name)
    {
        _name ??= name;
        return this;
    }

    /// <summary>The numbers, row by row: [rows · channels], or [channels] of a vector. After the forward pass, not inside it.</summary>
    /// <exception cref="LanguageException"><c>Forward</c> is still running.</exception>
    public double[] ToArray() => Readable().Values.AsSpan().ToArray();

    /// <summary>The numbers as a table, large ones cut down, with their range and mean. After the forward pass, not inside it.</summary>
    /// <exception cref="LanguageException"><c>Forward</c> is still running.</exception>
    public string Dump() => TensorText.Table(Readable());

    /// <summary>Name, or how it was computed, and shape.</summary>
    public override string ToString() => $"{Label} {ShapeText}";

    /// <summary>Name, or how it was computed.</summary>
    internal virtual string Label => _name ?? Viewed?.Label ?? "the result of " + Operation;

    /// <summary>[rows, 4·8], or [32] of a vector.</summary>
    internal virtual string ShapeText => IsVector ? $"[{Axis}]" : $"[rows, {Axis}]";

    /// <summary>A number: a vector of one channel, which repeats over everything.</summary>
    internal static Tensor Number(double value) => new(null, isVector: true, new Axis(1, 1), [value], "a number");

    /// <summary>The tensor as something to compute with, which a matrix is not.</summary>
    internal virtual Tensor Operand() => this;

    /// <summary>The gradient, made of zeros where none has arrived yet.</summary>
    internal double[] AddressGradient() => Gradient ??= new double[Values.Length];

    private Tensor Readable() => Pass is { IsRunning: true }
        ? throw new LanguageException(
            $"{this} cannot be read inside Forward: the compiled pass has no numbers there. The debugger shows them; "
            + "or read the value after the pass")
        : this;
}
