using System.Runtime.CompilerServices;
using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;

namespace MicroGpt.Generator.Language;

/// <summary>The twins of the language's primitive functions; what is composed of them is shared with the language itself.</summary>
public static partial class Functions
{
    /// <summary>A parameter [rows, columns].</summary>
    public static Parameter Matrix(int rows, int columns, double? std = null, string? name = null, [CallerMemberName] string field = "") =>
        Recording.Current.Declare(Shape.Matrix(rows, columns), 0, std ?? Recording.Current.InitStd, name ?? field);

    /// <summary>A parameter [length].</summary>
    public static Parameter Vector(
        int length, double value = 0, double? std = null, string? name = null, [CallerMemberName] string field = "") =>
        Recording.Current.Declare(Shape.Vector(length), value, std ?? 0, name ?? field);

    /// <summary>A number of equal modules.</summary>
    public static T[] Layers<T>(int count, string? name = null, [CallerMemberName] string field = "")
        where T : new() => Layers(count, _ => new T(), name, field);

    /// <summary>A number of modules, each made with its number.</summary>
    public static T[] Layers<T>(int count, Func<int, T> make, string? name = null, [CallerMemberName] string field = "") =>
        Recording.Current.Elements(count, make, name ?? field + ".{0}");

    /// <summary>x Wᵀ + b</summary>
    public static Tensor Linear(Tensor x, Parameter matrix, Tensor? bias = null)
    {
        var w = matrix.AnyNode;
        if (w.Shape.Kind != ShapeKind.Matrix)
        {
            throw new LanguageException($"Linear needs a matrix; {Recording.Describe(matrix)} is a vector", nameof(matrix));
        }

        if (w.Shape.Inner.Count != x.Channels)
        {
            throw new LanguageException(
                $"{Recording.Describe(matrix)} takes {w.Shape.Inner.Count} channels, but {Recording.Describe(x)} has {x.Channels}",
                nameof(matrix));
        }

        if (x.Node.Shape.Kind != ShapeKind.Rows)
        {
            throw new LanguageException($"Linear needs rows; {Recording.Describe(x)} is a vector", nameof(x));
        }

        var y = Recording.Current.AddNode(new Ops.Linear(), x.Heads(1).Node, w);
        if (bias is not null && bias.Channels != y.Channels)
        {
            throw new LanguageException(
                $"the bias {Recording.Describe(bias)} has {bias.Channels} channels, but {Recording.Describe(matrix)} gives {y.Channels}",
                nameof(bias));
        }

        return bias is null ? y : y + bias.Heads(1);
    }

    public static Tensor Exp(Tensor x) => Broadcasting.Apply(ElementwiseFunctions.Exp, x);

    public static Tensor Log(Tensor x) => Broadcasting.Apply(ElementwiseFunctions.Log, x);

    public static Tensor Sqrt(Tensor x) => Broadcasting.Apply(ElementwiseFunctions.Sqrt, x);

    /// <summary>1 / √x</summary>
    public static Tensor Rsqrt(Tensor x) => Broadcasting.Apply(ElementwiseFunctions.Rsqrt, x);

    public static Tensor Square(Tensor x) => Broadcasting.Apply(ElementwiseFunctions.Square, x);

    public static Tensor Abs(Tensor x) => Broadcasting.Apply(ElementwiseFunctions.Abs, x);

    public static Tensor Tanh(Tensor x) => Broadcasting.Apply(ElementwiseFunctions.Tanh, x);

    /// <summary>1 / (1 + exp(-x))</summary>
    public static Tensor Sigmoid(Tensor x) => Broadcasting.Apply(ElementwiseFunctions.Sigmoid, x);

    /// <summary>The error function.</summary>
    public static Tensor Erf(Tensor x) => Broadcasting.Apply(ElementwiseFunctions.Erf, x);

    /// <summary>max(x, 0)</summary>
    public static Tensor Relu(Tensor x) => Broadcasting.Apply(ElementwiseFunctions.Relu, x);

    public static Tensor Max(Tensor a, Tensor b) => Broadcasting.Apply(ElementwiseFunctions.Max, a, b);

    public static Tensor Max(Tensor a, double b) => Broadcasting.Apply(ElementwiseFunctions.Max, a, b);

    public static Tensor Max(double a, Tensor b) => Broadcasting.Apply(ElementwiseFunctions.Max, a, b);

    public static Tensor Min(Tensor a, Tensor b) => Broadcasting.Apply(ElementwiseFunctions.Min, a, b);

    public static Tensor Min(Tensor a, double b) => Broadcasting.Apply(ElementwiseFunctions.Min, a, b);

    public static Tensor Min(double a, Tensor b) => Broadcasting.Apply(ElementwiseFunctions.Min, a, b);

    /// <summary>x, but at least the one and at most the other number.</summary>
    public static Tensor Clamp(Tensor x, double low, double high)
    {
        if (!(low <= high))
        {
            throw new LanguageException(
                $"Clamp needs a lower bound of at most the upper one, not {Constant.Literal(low)} and {Constant.Literal(high)}");
        }

        return Recording.Current.AddNode(
            new Elementwise(ElementwiseFunctions.Clamp), x.Node, Recording.Current.Number(low), Recording.Current.Number(high));
    }

    /// <summary>The same value, through which no gradient flows.</summary>
    public static Tensor Detach(Tensor x) => Recording.Add(new Ops.Detach(), x);

    /// <summary>The sum over the channels of each group.</summary>
    public static Tensor Sum(Tensor x) => Recording.Add(new Reduce(Reduction.Sum), x);

    /// <summary>The largest of the channels of each group.</summary>
    public static Tensor Largest(Tensor x) => Recording.Add(new Reduce(Reduction.Largest), x);

    /// <summary>The channels of one after those of another, within each group.</summary>
    public static Tensor Concat(params Tensor[] parts)
    {
        if (parts.Length == 0)
        {
            throw new LanguageException("Concat needs at least one tensor");
        }

        if (parts.FirstOrDefault(p => p.Groups != parts[0].Groups) is { } other)
        {
            throw new LanguageException(
                $"Concat: {parts[0].Groups} heads "
                    + $"of {Recording.Describe(parts[0])} do not meet {other.Groups} of {Recording.Describe(other)}; Heads(1) ungroups");
        }

        bool rows = parts.Any(p => p.Node.Shape.Kind == ShapeKind.Rows);
        return parts.Length == 1
            ? parts[0]
            : Recording.Add(
                new Ops.Concat(),
                [.. parts.Select(p => rows && p.Node.Shape.Kind == ShapeKind.Vector ? Recording.Add(new RepeatRows(), p) : p)]);
    }

    /// <summary>Pairs of channels of each head turned by the position.</summary>
    public static Tensor Rope(Tensor x, Tokens tokens, int heads, double theta = 10000, bool interleaved = false)
    {
        RequireRows(x, "Rope");
        var grouped = x.Heads(heads);
        if (grouped.GroupSize % 2 != 0)
        {
            throw new LanguageException(
                $"Rope turns pairs of channels, but a head of {Recording.Describe(grouped)} has {grouped.GroupSize}", nameof(heads));
        }

        if (!(theta > 0) || double.IsInfinity(theta))
        {
            throw new LanguageException($"Rope needs a finite theta of more than 0, not {Constant.Literal(theta)}", nameof(theta));
        }

        return Recording.Current.AddNode(new Ops.Rope(theta, interleaved), grouped.Node, tokens.Positions.Node).Heads(1);
    }

    /// <summary>Causal attention within each document.</summary>
    public static Tensor Attention(
        Tensor q,
        Tensor k,
        Tensor v,
        Tokens tokens,
        int heads,
        int? keyHeads = null,
        double? scale = null,
        int? window = null,
        double? softcap = null)
    {
        _ = tokens;
        int ofKeys = keyHeads ?? heads, block = Recording.Current.BlockSize;
        RequireRows(q, "Attention");
        RequireRows(k, "Attention");
        RequireRows(v, "Attention");
        Tensor groupedQ = q.Heads(heads), groupedK = k.Heads(ofKeys), groupedV = v.Heads(ofKeys);
        if (heads % ofKeys != 0)
        {
            throw new LanguageException(
                $"Attention: {heads} heads are not a whole number for each of {ofKeys} key heads", nameof(keyHeads));
        }

        if (groupedQ.GroupSize != groupedK.GroupSize)
        {
            throw new LanguageException(
                $"Attention: a head of q {Recording.Describe(groupedQ)} has {groupedQ.GroupSize} channels, "
                    + $"one of k {Recording.Describe(groupedK)} has {groupedK.GroupSize}", nameof(k));
        }

        if (window is < 1)
        {
            throw new LanguageException(
                $"Attention: a window of {window} positions is none; give at least 1, or none for all", nameof(window));
        }

        if (scale is { } factor && (double.IsNaN(factor) || double.IsInfinity(factor)))
        {
            throw new LanguageException($"Attention: the scale must be a finite number, not {Constant.Literal(factor)}", nameof(scale));
        }

        if (softcap is { } cap && (!(cap > 0) || double.IsInfinity(cap)))
        {
            throw new LanguageException(
                $"Attention: a soft cap must be a finite number of more than 0, not {Constant.Literal(cap)}", nameof(softcap));
        }

        // Kernels multiply by the quotient of the two.
        double scaled = Recording.Current.Fitting(scale ?? 1 / Math.Sqrt(groupedQ.GroupSize), nameof(scale));
        double capped = Recording.Current.Fitting(softcap ?? 1, nameof(softcap));
        Recording.Current.Fitting(scaled / capped, nameof(softcap), "Attention: the scale divided by the soft cap, ");
        if (block == 0 && window is null)
        {
            throw new LanguageException("Attention needs a limit where BlockSize is 0: give a BlockSize or a window");
        }

        // Heads of keys that serve several heads of queries are repeated, and of two sizes the smaller is padded with zeros, which
        // change neither a product nor a sum: so that all heads are alike to those who compute attention.
        int size = groupedQ.GroupSize, valueSize = groupedV.GroupSize, most = Math.Max(size, valueSize);
        var y = Recording.Current.AddPart(
            new Ops.Attention(block == 0 ? window!.Value : block)
            {
                Scale = scale ?? (size < most ? 1 / Math.Sqrt(size) : null),
                Window = window < block || block == 0 ? window : null,
                Softcap = softcap,
            },
            Padded(groupedQ, most).Node,
            Padded(Repeated(groupedK, heads), most).Node,
            Padded(Repeated(groupedV, heads), most).Node);
        return y.Slice(0, valueSize).Heads(1);
    }

    private static Tensor Repeated(Tensor x, int heads) => Concat([.. Enumerable.Repeat(x, heads / x.Groups)]).Heads(heads);

    private static Tensor Padded(Tensor x, int size) => x.GroupSize == size ? x : Recording.Add(new Pad(0, size - x.GroupSize), x);

    /// <summary>In training steps elements become 0 with a probability, the others are divided by 1 minus that.</summary>
    public static Tensor Dropout(Tensor x, double rate)
    {
        RequireRows(x, "Dropout");
        if (rate is not (>= 0 and < 1))
        {
            throw new LanguageException($"Dropout needs a rate of at least 0 and less than 1, not {Constant.Literal(rate)}", nameof(rate));
        }

        return Recording.Add(new Ops.Dropout(rate, Recording.Current.NextDropoutSite()), x);
    }

    private static void RequireRows(Tensor x, string function)
    {
        if (x.Node.Shape.Kind != ShapeKind.Rows)
        {
            throw new LanguageException($"{function} needs rows; {Recording.Describe(x)} is a vector");
        }
    }
}
