using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;

namespace MicroGpt.Generator.Language;

/// <summary>
/// Elementwise functions of what is not of one shape: a number, a vector and a tensor of one channel repeat over what they lack. A
/// tensor of one channel a group repeats within groups, a vector as long as a group for each group; a tensor without groups takes
/// those of the other. Everything else is an error.
/// </summary>
internal static class Broadcasting
{
    public static Tensor Apply(ElementwiseFunction function, Tensor x) => Recording.Add(new Elementwise(function), x);

    public static Tensor Apply(ElementwiseFunction function, Tensor a, double b) =>
        Recording.Current.AddNode(new Elementwise(function), a.Node, Recording.Current.Number(b));

    public static Tensor Apply(ElementwiseFunction function, double a, Tensor b) =>
        Recording.Current.AddNode(new Elementwise(function), Recording.Current.Number(a), b.Node);

    public static Tensor Apply(ElementwiseFunction function, Tensor a, Tensor b)
    {
        var channels = Common(a.Node.Shape, b.Node.Shape) ?? throw new LanguageException(Mismatch(function, a, b));
        Tensor wideA = Widen(a, channels), wideB = Widen(b, channels);
        bool rows = IsRows(a) || IsRows(b);
        return Recording.Add(new Elementwise(function), rows ? Repeat(wideA) : wideA, rows ? Repeat(wideB) : wideB);
    }

    /// <summary>The channels of the result, or null where the shapes do not meet.</summary>
    private static Axis? Common(Shape a, Shape b)
    {
        Axis x = a.Inner, y = b.Inner;
        if (x.Count == y.Count)
        {
            return x.Groups == y.Groups || y.Groups == 1 ? x : x.Groups == 1 ? y : null;
        }

        return Fits(a, y) ? y : Fits(b, x) ? x : null;
    }

    /// <summary>Whether a value of fewer channels repeats over those of another.</summary>
    private static bool Fits(Shape narrow, Axis wide) =>
        narrow.Inner.Count == 1
        || (narrow.Inner.Groups == wide.Groups && narrow.Inner.Size == 1)
        || (narrow.Kind == ShapeKind.Vector && narrow.Inner.Groups == 1 && narrow.Inner.Size == wide.Size);

    private static Tensor Widen(Tensor x, Axis channels)
    {
        var axis = x.Node.Shape.Inner;
        if (axis.Count == channels.Count)
        {
            return x.Heads(channels.Groups);
        }

        if (axis.Count == 1)
        {
            return Recording.Add(new RepeatChannels(channels.Count), x.Heads(1)).Heads(channels.Groups);
        }

        return axis.Size == 1 && axis.Groups == channels.Groups
            ? Recording.Add(new RepeatChannels(channels.Size), x)
            : Recording.Add(new RepeatGroups(channels.Groups), x);
    }

    private static bool IsRows(Tensor x) => x.Node.Shape.Kind == ShapeKind.Rows;

    private static Tensor Repeat(Tensor x) => IsRows(x) ? x : Recording.Add(new RepeatRows(), x);

    private static string Mismatch(ElementwiseFunction function, Tensor a, Tensor b)
    {
        string meets = $"{function.Write(Formula.Atom(Recording.Describe(a)), Formula.Atom(Recording.Describe(b)))}: ";
        return a.Groups > 1 && b.Groups > 1 && a.Groups != b.Groups
            ? meets + $"{a.Groups} heads do not meet {b.Groups}; Heads(1) ungroups"
            : meets + $"{a.Channels} channels do not meet {b.Channels}; both must have as many, or one of them one";
    }
}
