using System.Globalization;
using MicroGpt.Generator.Ops;

namespace MicroGpt.Generator.Targets.Cpu.Kernels;

/// <summary>What attention kernels make of q·k before the softmax, and which keys they look at.</summary>
/// <param name="Scale">Factor of q·k.</param>
/// <param name="Window">Keys that a row sees, its own included; null for all up to its own.</param>
/// <param name="Softcap">c where scores s become c tanh(s / c).</param>
internal sealed record AttentionScores(double Scale, int? Window = null, double? Softcap = null)
{
    /// <summary>
    /// Whether documents have any length: of a row's weights a window is kept, and of keys and values that were decoded a ring of as many.
    /// </summary>
    public bool IsUnlimited { get; init; }

    /// <summary>Those of an operation on heads of a size.</summary>
    public static AttentionScores Of(AttentionOp op, int size) =>
        new(op.Scale ?? Default(size), op.Window, op.Softcap) { IsUnlimited = op.IsUnlimited };

    /// <summary>Factor that a product of registers is multiplied by: what the score, or its cap, is a function of.</summary>
    public double Factor => Scale / (Softcap ?? 1);

    /// <summary>Part of a kernel's name: empty where nothing is unusual.</summary>
    public string Suffix(int size) =>
        (Scale.Equals(Default(size)) ? "" : "_scale" + Identifier(Scale))
        + (Window is { } window ? "_window" + Identifier(window) : "")
        + (Softcap is { } cap ? "_cap" + Identifier(cap) : "")
        + (IsUnlimited ? "_ring" : "");

    /// <summary>The score of a product that has been multiplied by <see cref="Factor"/>.</summary>
    public Expr Score(Expr product) => Softcap is { } cap ? Expr.Splat(cap) * Expr.Tanh(product) : product;

    /// <summary>The first row that a row sees, in the segment that begins with row <paramref name="first"/>.</summary>
    public Integer From(Integer first, Integer row) => Window is { } window ? Integer.Max(first, row + (1 - window)) : first;

    /// <summary>The formula, for a summary.</summary>
    public string Describe(string product, int size) =>
        Softcap is { } cap ? $"{Number(cap)} tanh({Scaled(product, size)} / {Number(cap)})" : Scaled(product, size);

    /// <summary>The formula of the gradient, for a summary.</summary>
    public string DescribeGradient(string gradient, string product, int size) =>
        Scaled(gradient, size) + (Softcap is { } cap ? $" (1 - tanh²({Scaled(product, size)} / {Number(cap)}))" : "");

    /// <summary>The keys that a row sees, for a summary.</summary>
    public string Keys(string last) => Window is { } window ? $"{last} - {window} < s <= {last}" : $"s <= {last}";

    private string Scaled(string product, int size) =>
        Scale.Equals(Default(size)) ? $"{product} / sqrt({size})" : $"{Number(Scale)} {product}";

    private static double Default(int size) => 1 / Math.Sqrt(size);

    public static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    public static string Identifier(double value) => Number(value).Replace(".", "p").Replace("-", "m").Replace("+", "");
}
