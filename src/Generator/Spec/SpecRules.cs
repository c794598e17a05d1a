using System;
using System.Collections.Generic;
using System.Globalization;
using System.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace MicroGpt.Generator.Spec;

/// <summary>A broken rule, before it is known where in the source it was broken.</summary>
/// <param name="Argument">The attribute's argument that is wrong; null for the attribute as a whole.</param>
internal sealed record Violation(string? Argument, DiagnosticDescriptor Descriptor, params string[] Arguments)
{
    /// <summary>Settings of the attribute that would mend it, such as <c>NEmbd = 18</c>, for an editor to offer.</summary>
    public IReadOnlyList<string> Values { get; init; } = [];

    /// <summary>The diagnostic, at the attribute's argument or else the attribute.</summary>
    public DiagnosticInfo At(AttributeSyntax attribute) =>
        DiagnosticInfo.At(AttributeReader.PlaceOf(attribute, Argument), Descriptor, Arguments) with { Values = Values.ToEquatableArray() };
}

/// <summary>The rules about an attribute's values: pure functions that know neither symbols nor places.</summary>
internal static class SpecRules
{
    /// <summary>
    /// The most layers that a model may have: more than twice as many as any GPT that has been published, and what the C# compiler still
    /// gets through in a minute or so, since each layer's code is written out.
    /// </summary>
    public const int MostLayers = 256;

    private static readonly (string Name, string Example)[] GptNumbers =
        [("VocabSize", "27"), ("BlockSize", "16"), ("NEmbd", "16"), ("NHead", "4"), ("NLayer", "1")];

    private static readonly (string Name, string Example)[] MlpNumbers = [("VocabSize", "27"), ("NEmbd", "16")];

    /// <summary>Checks the values of an attribute.</summary>
    /// <param name="spec">The values, valid or not; those that were not given are 0 or the default.</param>
    /// <param name="given">Names of the arguments that were given.</param>
    public static IEnumerable<Violation> Check(ModelSpec spec, ISet<string> given)
    {
        var numbers = spec.Architecture == Architecture.Gpt ? GptNumbers : MlpNumbers;
        var missing = numbers.Where(n => !given.Contains(n.Name)).ToList();
        if (missing.Count > 0)
        {
            string example = string.Join(", ", missing.Select(n => $"{n.Name} = {n.Example}"));
            yield return new Violation(
                null,
                Diagnostics.Missing,
                spec.Architecture == Architecture.Gpt ? "GptModel" : "MlpModel",
                And(missing.Select(n => n.Name)),
                example) { Values = [example] };
        }

        bool positive = missing.Count == 0;
        foreach (var (name, example) in numbers.Where(n => given.Contains(n.Name)))
        {
            int value = BufferSizes.Value(spec, name);
            if (value <= 0)
            {
                positive = false;
                yield return new Violation(name, Diagnostics.NotPositive, name, Text(value)) { Values = [$"{name} = {example}"] };
            }
        }

        if (positive && spec.VocabSize == 1)
        {
            yield return new Violation("VocabSize", Diagnostics.NothingToPredict, Text(spec.VocabSize)) { Values = ["VocabSize = 27"] };
        }

        if (positive && CheckSizes(spec) is { } tooLarge)
        {
            yield return tooLarge;
        }
        else if (positive && spec.NLayer > MostLayers)
        {
            yield return new Violation(
                "NLayer", Diagnostics.TooManyLayers, Text(spec.NLayer), Text(MostLayers)) { Values = [$"NLayer = {MostLayers}"] };
        }
        else if (positive && spec.Architecture == Architecture.Gpt && spec.NEmbd % spec.NHead != 0)
        {
            string[] widths = NearestWidths(spec.NEmbd, spec.NHead), heads = NearestHeads(spec.NEmbd, spec.NHead);
            yield return new Violation(
                "NEmbd",
                Diagnostics.NotDivisible,
                Text(spec.NEmbd),
                Text(spec.NHead),
                $"NEmbd = {string.Join(" or ", widths)}, or NHead = {string.Join(" or ", heads)}")
            {
                Values = [.. widths.Select(w => "NEmbd = " + w), .. heads.Select(h => "NHead = " + h)],
            };
        }

        foreach (var violation in CheckChoices(spec))
        {
            yield return violation;
        }
    }

    /// <summary>Checks the values of a <c>[Model]</c>, whose text says the rest.</summary>
    /// <inheritdoc cref="Check"/>
    public static IEnumerable<Violation> CheckModel(ModelSpec spec, ISet<string> given)
    {
        if (!given.Contains("VocabSize"))
        {
            yield return new Violation(null, Diagnostics.Missing, "Model", "VocabSize", "VocabSize = 27") { Values = ["VocabSize = 27"] };
        }
        else if (spec.VocabSize <= 0)
        {
            yield return new Violation(
                "VocabSize", Diagnostics.NotPositive, "VocabSize", Text(spec.VocabSize)) { Values = ["VocabSize = 27"] };
        }

        if (spec.BlockSize < 0)
        {
            yield return new Violation("BlockSize", Diagnostics.NegativeBlockSize, Text(spec.BlockSize)) { Values = ["BlockSize = 0"] };
        }

        foreach (var violation in CheckChoices(spec))
        {
            yield return violation;
        }
    }

    private static IEnumerable<Violation> CheckChoices(ModelSpec spec)
    {
        bool overflowsSingle = spec.Precision == Precision.Single && Math.Abs(spec.InitStd) > float.MaxValue;
        if (!(spec.InitStd >= 0) || double.IsInfinity(spec.InitStd) || overflowsSingle)
        {
            bool finite = !double.IsNaN(spec.InitStd) && !double.IsInfinity(spec.InitStd);
            yield return new Violation(
                "InitStd",
                Diagnostics.InvalidInitStd,
                spec.InitStd.ToString("R", CultureInfo.InvariantCulture),
                finite && overflowsSingle ? " in single precision" : "") { Values = ["InitStd = 0.08"] };
        }

        if (!Enum.IsDefined(typeof(Precision), spec.Precision))
        {
            yield return Undefined("Precision", (int)spec.Precision, Enum.GetNames(typeof(Precision)));
        }

        if (!Enum.IsDefined(typeof(Optimizer), spec.Optimizer))
        {
            yield return Undefined("Optimizer", (int)spec.Optimizer, Enum.GetNames(typeof(Optimizer)));
        }

        if (!Enum.IsDefined(typeof(ParameterOrder), spec.ParameterOrder))
        {
            yield return Undefined("ParameterOrder", (int)spec.ParameterOrder, Enum.GetNames(typeof(ParameterOrder)));
        }
    }

    /// <summary>"a", "a and b", "a, b and c".</summary>
    public static string And(IEnumerable<string> items)
    {
        var list = items.ToList();
        return list.Count < 2 ? string.Concat(list) : string.Join(", ", list.Take(list.Count - 1)) + " and " + list[list.Count - 1];
    }

    private static Violation? CheckSizes(ModelSpec spec)
    {
        if (BufferSizes.FirstTooLarge(spec) is not { } buffer)
        {
            return null;
        }

        // The argument to change is the largest of those that the buffer grows with, if changing it alone can help.
        var candidates = buffer.Arguments.OrderByDescending(a => BufferSizes.Value(spec, a)).ToList();
        string? helps = candidates.FirstOrDefault(a => BufferSizes.LargestFitting(spec, a) > 0);
        string fix = helps is null
            ? "reduce " + And(candidates)
            : $"reduce {helps} to at most {Text(BufferSizes.LargestFitting(spec, helps))}, or the others";
        if (buffer.Arguments.Length == 1 && helps is not null)
        {
            fix = $"reduce {helps} to at most {Text(BufferSizes.LargestFitting(spec, helps))}";
        }

        return new Violation(
            helps ?? candidates[0],
            Diagnostics.TooLarge,
            buffer.Name,
            buffer.Elements.ToString("N0", CultureInfo.InvariantCulture),
            buffer.Formula,
            fix) { Values = helps is null ? [] : [$"{helps} = {Text(BufferSizes.LargestFitting(spec, helps))}"] };
    }

    /// <summary>The multiples of <paramref name="heads"/> next to the width.</summary>
    private static string[] NearestWidths(int width, int heads)
    {
        long below = width / heads * (long)heads;
        return [.. new[] { below, below + heads }.Where(w => w is > 0 and <= int.MaxValue)
            .Select(w => w.ToString(CultureInfo.InvariantCulture))];
    }

    /// <summary>The divisors of the width next to the number of heads.</summary>
    private static string[] NearestHeads(int width, int heads)
    {
        int fewer = 1;
        int more = width;
        for (int divisor = 1; divisor <= width / divisor; divisor++)
        {
            if (width % divisor == 0)
            {
                foreach (int d in new[] { divisor, width / divisor })
                {
                    fewer = d < heads ? Math.Max(fewer, d) : fewer;
                    more = d > heads ? Math.Min(more, d) : more;
                }
            }
        }

        return [.. new[] { fewer, more }.Distinct().Select(Text)];
    }

    private static Violation Undefined(string name, int value, string[] members) => new(
        name, Diagnostics.InvalidEnum, name, Text(value), string.Join(" or ", members.Select(m => $"{name}.{m}")))
    {
        Values = [.. members.Select(m => $"{name} = {name}.{m}")],
    };

    private static string Text(int value) => value.ToString(CultureInfo.InvariantCulture);
}
