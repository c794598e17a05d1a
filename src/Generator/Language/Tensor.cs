using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;

namespace MicroGpt.Generator.Language;

/// <summary>
/// The twin of the language's tensor: stands for a node of the graph that is being recorded. Every call adds nodes and computes
/// nothing.
/// </summary>
public class Tensor
{
    private readonly Node _node;

    internal Tensor(Node node) => _node = node;

    /// <summary>The node it stands for, which must have channels.</summary>
    internal virtual Node Node => _node;

    /// <summary>The node, whatever its shape.</summary>
    internal Node AnyNode => _node;

    /// <summary>Number of channels, those of all groups together.</summary>
    public int Channels => Node.Shape.Inner.Count;

    /// <summary>Number of groups.</summary>
    internal int Groups => Node.Shape.Inner.Groups;

    /// <summary>Channels of a group.</summary>
    internal int GroupSize => Node.Shape.Inner.Size;

    /// <summary>Channels of each group from a first one up to a last one that is not included.</summary>
    internal Tensor this[Range range] => Slice(Place(range.Start), Place(range.End));

    /// <summary>The same with both ends counted from the beginning.</summary>
    internal Tensor Slice(int from, int to)
    {
        if (from < 0 || to > GroupSize || from >= to)
        {
            throw new LanguageException(
                $"{Recording.Describe(this)} has no channels {from}..{to}: {(Groups > 1 ? "a group" : "it")} has {GroupSize}, "
                    + "and a slice at least one");
        }

        return from == 0 && to == GroupSize ? this : Recording.Add(new Ops.Slice(from, to), this);
    }

    public static Tensor operator +(Tensor a, Tensor b) => Broadcasting.Apply(ElementwiseFunctions.Add, a, b);

    public static Tensor operator -(Tensor a, Tensor b) => Broadcasting.Apply(ElementwiseFunctions.Subtract, a, b);

    public static Tensor operator *(Tensor a, Tensor b) => Broadcasting.Apply(ElementwiseFunctions.Multiply, a, b);

    public static Tensor operator /(Tensor a, Tensor b) => Broadcasting.Apply(ElementwiseFunctions.Divide, a, b);

    public static Tensor operator +(Tensor a, double b) => Broadcasting.Apply(ElementwiseFunctions.Add, a, b);

    public static Tensor operator -(Tensor a, double b) => Broadcasting.Apply(ElementwiseFunctions.Subtract, a, b);

    public static Tensor operator *(Tensor a, double b) => Broadcasting.Apply(ElementwiseFunctions.Multiply, a, b);

    public static Tensor operator /(Tensor a, double b) => Broadcasting.Apply(ElementwiseFunctions.Divide, a, b);

    public static Tensor operator +(double a, Tensor b) => Broadcasting.Apply(ElementwiseFunctions.Add, a, b);

    public static Tensor operator -(double a, Tensor b) => Broadcasting.Apply(ElementwiseFunctions.Subtract, a, b);

    public static Tensor operator *(double a, Tensor b) => Broadcasting.Apply(ElementwiseFunctions.Multiply, a, b);

    public static Tensor operator /(double a, Tensor b) => Broadcasting.Apply(ElementwiseFunctions.Divide, a, b);

    public static Tensor operator -(Tensor a) => Broadcasting.Apply(ElementwiseFunctions.Negate, a);

    /// <summary>The same channels seen as a number of groups.</summary>
    public Tensor Heads(int groups)
    {
        if (groups < 1 || Channels % groups != 0)
        {
            throw new LanguageException(
                $"{Recording.Describe(this)} has {Channels} channels, which are not a whole number for each of {groups} heads");
        }

        if (groups == Groups)
        {
            return this;
        }

        // A view of a view is a view of what lies beneath.
        var under = Node;
        while (under.Op is Regroup)
        {
            under = under.Inputs[0];
        }

        return under.Shape.Inner.Groups == groups ? new Tensor(under) : Recording.Add(new Regroup(groups), new Tensor(under));
    }

    /// <summary>Gives the value a name; the first one stays.</summary>
    public Tensor Named(string name)
    {
        Recording.Current.SetName(this, name);
        return this;
    }

    private int Place(Index index) => index.IsFromEnd ? GroupSize - index.Value : index.Value;
}
