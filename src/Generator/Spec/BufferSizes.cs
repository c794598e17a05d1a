using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using System.Numerics;

namespace MicroGpt.Generator.Spec;

/// <summary>A buffer whose size the spec decides.</summary>
/// <param name="Name">What is to be stored, such as "matrix wte".</param>
/// <param name="Formula">How its size follows from the spec's numbers.</param>
/// <param name="Arguments">The arguments that the size grows with.</param>
/// <param name="Elements">Number of elements.</param>
internal sealed record BufferSize(string Name, string Formula, string[] Arguments, BigInteger Elements);

/// <summary>
/// Upper bounds of the buffers that a model of a given spec needs. Everything in generated code is indexed by
/// <see cref="int"/>, so none may exceed <see cref="Limit"/>. Computed in <see cref="BigInteger"/>: the numbers come from a
/// user and their products may be anything.
/// </summary>
internal static class BufferSizes
{
    /// <summary>Elements that one buffer may have.</summary>
    public const int Limit = int.MaxValue;

    // The largest vector has 16 lanes; rows of matrices are padded to whole vectors.
    private const int Lanes = 16;

    /// <summary>Keys from which on no attention weights are kept.</summary>
    public const int FewKeys = 64;

    /// <summary>The first buffer beyond the limit, single matrices before sums; null if all fit.</summary>
    public static BufferSize? FirstTooLarge(ModelSpec spec) => Of(spec).FirstOrDefault(b => b.Elements > Limit);

    /// <summary>
    /// The largest value of one argument, all others unchanged, with which every buffer fits; 0 if there is none. Sizes grow
    /// with each argument, so bisection finds it.
    /// </summary>
    public static int LargestFitting(ModelSpec spec, string argument)
    {
        int step = argument == "NEmbd" && spec.NHead > 0 ? spec.NHead : 1;
        int low = 0;
        int high = int.MaxValue / step;
        while (low < high)
        {
            int middle = low + ((high - low) / 2) + 1;
            if (FirstTooLarge(With(spec, argument, middle * step)) is null)
            {
                low = middle;
            }
            else
            {
                high = middle - 1;
            }
        }

        return low * step;
    }

    /// <summary>Every buffer of a spec whose numbers are positive.</summary>
    public static IEnumerable<BufferSize> Of(ModelSpec spec) =>
        spec.Architecture == Architecture.Gpt ? OfGpt(spec) : OfMlp(spec);

    private static IEnumerable<BufferSize> OfGpt(ModelSpec spec)
    {
        BigInteger v = spec.VocabSize, b = spec.BlockSize, c = spec.NEmbd, h = spec.NHead, l = spec.NLayer;
        yield return new("matrix wte (and lm_head)", Product(spec, 1, "VocabSize", "NEmbd"), ["VocabSize", "NEmbd"], v * c);
        yield return new("matrix wpe", Product(spec, 1, "BlockSize", "NEmbd"), ["BlockSize", "NEmbd"], b * c);
        yield return new("matrix mlp_fc1 (and mlp_fc2)", Product(spec, 4, "NEmbd", "NEmbd"), ["NEmbd"], 4 * c * c);
        yield return new("logits", Product(spec, 1, "BlockSize", "VocabSize"), ["BlockSize", "VocabSize"], b * v);
        yield return new(
            "key/value cache", Product(spec, 2, "NLayer", "BlockSize", "NEmbd"), ["NLayer", "BlockSize", "NEmbd"], 2 * l * b * c);

        var weights = (2 * BothOrientations(v, c)) + BothOrientations(b, c)
            + (l * ((4 * BothOrientations(c, c)) + (2 * BothOrientations(4 * c, c))));
        yield return new(
            "weights, in both orientations and padded to whole vectors,",
            Sum(spec, "VocabSize", "BlockSize", "NEmbd", "NLayer"),
            ["VocabSize", "BlockSize", "NEmbd", "NLayer"],
            weights);

        // Kept for the backward pass, a row: the residual stream before, between and after, both norms, q, k, v, the heads'
        // output and the hidden layer (12 widths), what there is of attention, and the logits with their gradient. Where a block has few
        // keys that are the weights, a number for each key and channel at most, else two numbers a head.
        var attention = b < FewKeys ? b * Padded(c) : Padded(2 * h);
        var row = (l * ((12 * Padded(c)) + attention)) + (2 * Padded(v)) + (4 * Padded(c));
        yield return new(
            "activations of BlockSize rows",
            Sum(spec, "VocabSize", "BlockSize", "NEmbd", "NHead", "NLayer"),
            ["VocabSize", "BlockSize", "NEmbd", "NHead", "NLayer"],
            b * row);
    }

    private static IEnumerable<BufferSize> OfMlp(ModelSpec spec)
    {
        BigInteger v = spec.VocabSize, c = spec.NEmbd;
        yield return new("matrix wte", Product(spec, 1, "VocabSize", "NEmbd"), ["VocabSize", "NEmbd"], v * c);
        yield return new("matrix mlp_fc1", Product(spec, 4, "NEmbd", "NEmbd"), ["NEmbd"], 4 * c * c);
        yield return new("matrix mlp_fc2", Product(spec, 4, "VocabSize", "NEmbd"), ["VocabSize", "NEmbd"], 4 * v * c);
        yield return new(
            "weights, in both orientations and padded to whole vectors,",
            Sum(spec, "VocabSize", "NEmbd"),
            ["VocabSize", "NEmbd"],
            BothOrientations(v, c) + BothOrientations(4 * c, c) + BothOrientations(v, 4 * c));
    }

    private static BigInteger Padded(BigInteger columns) => (columns + Lanes - 1) / Lanes * Lanes;

    private static BigInteger BothOrientations(BigInteger rows, BigInteger columns) =>
        (rows * Padded(columns)) + (columns * Padded(rows));

    private static string Product(ModelSpec spec, int factor, params string[] arguments)
    {
        string prefix = factor == 1 ? "" : Text(factor) + " x ";
        return prefix + string.Join(" x ", arguments) + " = " + prefix + string.Join(" x ", arguments.Select(a => Text(Value(spec, a))));
    }

    private static string Sum(ModelSpec spec, params string[] arguments) =>
        string.Join(", ", arguments.Select(a => $"{a} = {Text(Value(spec, a))}"));

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);

    /// <summary>The value of one of the spec's whole numbers.</summary>
    public static int Value(ModelSpec spec, string argument) => argument switch
    {
        "VocabSize" => spec.VocabSize,
        "BlockSize" => spec.BlockSize,
        "NEmbd" => spec.NEmbd,
        "NHead" => spec.NHead,
        _ => spec.NLayer,
    };

    private static ModelSpec With(ModelSpec spec, string argument, int value) => argument switch
    {
        "VocabSize" => spec with { VocabSize = value },
        "BlockSize" => spec with { BlockSize = value },
        "NEmbd" => spec with { NEmbd = value },
        "NHead" => spec with { NHead = value },
        _ => spec with { NLayer = value },
    };
}
