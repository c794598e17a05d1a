using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Spec;
using MicroGpt.Generator.Targets.Cpu.Kernels;
using MicroGpt.Generator.Targets.Cpu.Layout;
using MicroGpt.Generator.Targets.Cpu.Lowering;
using MicroGpt.Generator.Targets.Cpu.Printing;
using MicroGpt.Generator.Text;
using MicroGpt.Runtime;
using Xunit;

namespace MicroGpt.Generator.Tests.Emit;

/// <summary>Whole numbers and addresses of kernels, as C#.</summary>
public sealed class IndexTests
{
    private static readonly NamedInteger A = Integer.Count("a", 1000), B = Integer.Count("b", 1000), C = Integer.Count("c", 1000);

    private static readonly NamedInteger Large = Integer.Count("large", int.MaxValue), Wide = Integer.Offset("wide", new(0, 1L << 40));

    private static readonly Pointer X = new("x");

    [Fact]
    public void PrecedenceDecidesAboutParentheses()
    {
        AssertPrints("a + b * c", A + (B * C));
        AssertPrints("(a + b) * c", (A + B) * C);
        AssertPrints("a * (b + c)", A * (B + C));
        AssertPrints("a - b - c", A - B - C);
        AssertPrints("a - (b - c)", A - (B - C));
        AssertPrints("a - (b + c)", A - (B + C));
        AssertPrints("a / b * c", A / B * C);
        AssertPrints("a / (b * c)", A / (B * C));
        AssertPrints("a * (b / c)", A * (B / C));
        AssertPrints("a % (b % c)", A % (B % C));
        AssertPrints("(a < b ? a : b) * c", Integer.Choose(A < B, A, B) * C);
        AssertPrints("a < b ? a : b < c ? b : c", Integer.Choose(A < B, A, Integer.Choose(B < C, B, C)));
        AssertPrints("Math.Min(a + b, c) * 2", Integer.Min(A + B, C) * 2);
        AssertPrints("x[a + 1] * 2", Integer.At(X, A + 1, 5) * 2);
        AssertPrints("part.To((a + 15) / 16) - 1", Integer.PartTo(A.InPieces(16)) - 1);
    }

    [Fact]
    public void SumsGrowOnTheLeft() => AssertPrints("a + b + c + 3", A + (B + (C + 3)));

    [Fact]
    public void WhatAddsNothingIsLeftOut()
    {
        AssertPrints("a", A + 0);
        AssertPrints("a", 0 + A);
        AssertPrints("a", A - 0);
        AssertPrints("a", A * 1);
        AssertPrints("a", 1 * A);
        AssertPrints("0", A * 0);
        AssertPrints("0", 0 * A);
        AssertPrints("a + -3", A + -3);
        AssertPrints("48", (Integer)3 * 16);
        AssertPrints("19", (Integer)3 + 16);
        Assert.Equal("x", IndexPrinter.Print(X + 0));
    }

    [Fact]
    public void AnAddressIsAPointerAndItsTerms()
    {
        Assert.Equal("x + a * 16 + b + 4", IndexPrinter.Print(X + ((A * 16) + (B + 4))));
        Assert.Equal("x + (a - b) * 16", IndexPrinter.Print(X + ((A - B) * 16)));
        Assert.Equal("x + (a - b)", IndexPrinter.Print(X + (A - B)));
        Assert.Equal("(x + a)[b]", IndexPrinter.Print(Integer.At(X + A, B, 5)));
        Assert.Equal("x[0]", IndexPrinter.Print(Integer.At(X, 0, 5)));
    }

    [Fact]
    public void ConditionsCompareNumbers() =>
        Assert.Equal("a + 1 < b && a >= (a < b ? a : b) && a != b", IndexPrinter.Print(
            (A + 1 < B) & (A >= Integer.Choose(A < B, A, B)) & A.IsNot(B)));

    [Fact]
    public void WhatExceeds32BitsIsWidened()
    {
        AssertPrints("(nint)large * 16", Large * 16);
        AssertPrints("(nint)large + 1", Large + 1);
        AssertPrints("large * wide", Large * Wide);
        AssertPrints("((nint)large * large + a) * 256", ((Large * Large) + A) * 256);
        AssertPrints("(nint)(a + b) * 16777216", (A + B) * (1 << 24));
        AssertPrints("a * 2147483", A * 2147483);
        AssertPrints("(nint)a * 2147484", A * 2147484);
        AssertPrints("(nint)(-3) * large", (Integer)(-3) * Large);
        AssertPrints("large % 16 * 16", Large % 16 * 16);
        AssertPrints("large / 16 * 16", Large / 16 * 16);
    }

    [Fact]
    public void WhatIsKnownOfASumNarrowsIt()
    {
        AssertPrints("large + a", (Large + A).UpTo(int.MaxValue));
        Assert.Equal("(int)(wide / 16)", IndexPrinter.Print(Wide / 16, Integer.Count("n", 100)));
        Assert.Equal("a / 16", IndexPrinter.Print(A / 16, Integer.Count("n", 100)));
        Assert.Equal("wide / 16", IndexPrinter.Print(Wide / 16, Integer.Offset("n", new(0, 100))));
    }

    [Fact]
    public void AnAddressAddsEachTermByItself() => Assert.Equal("x + large + large", IndexPrinter.Print(X + (Large + Large)));

    [Theory]
    [InlineData(134_217_728, "float* entry = table + index[t] * 16;")]
    [InlineData(134_217_729, "float* entry = table + (nint)index[t] * 16;")]
    public void ATableThatIsLargeIsReadWithWideIndices(int entries, string expected) =>
        Assert.Contains(expected, Kernels(new EmbedKernel(Columns: 1, entries, Entries2: 0)));

    [Theory]
    [InlineData(15, "for (int each = part.From(segments * 15), eachEnd")]
    [InlineData(16, "for (nint each = part.From((nint)segments * 16), eachEnd")]
    public void SegmentsTimesHeadsAreCountedAsWideAsTheyNeed(int groups, string expected)
    {
        var heads = new HeadLayout(groups, 16, 16, 16 * groups);
        Assert.Contains(expected, Kernels(new AttentionKernel(heads, BlockSize: 8, new AttentionScores(0.25))));
    }

    /// <summary>The numbers that kernels count on are those that their callers keep to.</summary>
    [Fact]
    public void LimitsAreKept()
    {
        Assert.Equal(PackedRows.MostRows, Limits.MostRows);
        KernelCall Transpose(int inner) => new(
            new TransposeKernel(), [Argument.Constant("inner", inner), Argument.Constant("outer", 1)]);
        Assert.Equal(2, Transpose(Limits.MostChannels).Arguments.Length);
        GraphException refusal = Assert.Throws<GraphException>(() => Transpose(Limits.MostChannels + 1));
        Assert.Equal("Transpose takes inner up to 134217712, not 134217713", refusal.Message);
    }

    /// <summary>
    /// Random numbers, printed, compiled and computed with 32 bits where the text says int: they are what the expressions say, whatever
    /// their size.
    /// </summary>
    [Fact]
    public void TextComputesWhatTheExpressionSays()
    {
        const int count = 400;
        var random = new Random(3);
        (NamedInteger Name, long[] Values)[] names = [.. new[] { A, B, Large, Wide }
            .Select(n => (n, new[] { 0, 1, n.Bounds.Most / 3, n.Bounds.Most }))];
        Integer[] numbers = [.. Enumerable.Range(0, count).Select(_ => Number(random, 4))];
        string[] methods = [.. numbers.Select(
            (n, i) => $"public static long E{i}(int a, int b, int large, nint wide) => {IndexPrinter.Print(n)};")];
        string text = "#pragma warning disable CS1718 // of two random numbers, both may be the same\nusing System; namespace Printed; "
            + "public static class Numbers { " + string.Join("\n", methods) + " }";
        Type compiled = System.Reflection.Assembly.Load(InMemoryBuild.Compile([], [new GeneratedFile("Numbers.g.cs", text)]))
            .GetType("Printed.Numbers")!;
        int wide = 0;
        for (int i = 0; i < count; i++)
        {
            wide += numbers[i].IsWide ? 1 : 0;
            for (int trial = 0; trial < 8; trial++)
            {
                Dictionary<string, long> values = names.ToDictionary(n => n.Name.Name, n => n.Values[random.Next(n.Values.Length)]);
                object[] arguments = [(int)values["a"], (int)values["b"], (int)values["large"], (nint)values["wide"]];
                Assert.Equal(
                    (numbers[i], Value(numbers[i], values)), (numbers[i], (long)compiled.GetMethod("E" + i)!.Invoke(null, arguments)!));
            }
        }

        Assert.InRange(wide, count / 10, count * 9 / 10);
    }

    private static void AssertPrints(string expected, Integer number) => Assert.Equal(expected, IndexPrinter.Print(number));

    private static string Kernels(KernelSpec kernel) =>
        string.Concat(KernelFilesPrinter.Print(Spec.Precision.Single, [kernel]).Select(f => f.Text));

    /// <summary>A random number that 64 bits hold, and every part of it.</summary>
    private static Integer Number(Random random, int depth)
    {
        if (depth == 0 || random.Next(6) == 0)
        {
            return random.Next(5) switch { 0 => A, 1 => B, 2 => Large, 3 => random.Next(3) == 0 ? Wide : A, _ => random.Next(-3, 40) };
        }

        Integer a = Number(random, depth - 1), b = Number(random, depth - 1);
        Integer made = random.Next(8) switch
        {
            0 or 1 => a + b,
            2 => a - b,
            3 or 4 => a * b,
            5 => a / random.Next(1, 20),
            6 => a % random.Next(1, 20),
            _ => random.Next(3) switch { 0 => Integer.Min(a, b), 1 => Integer.Max(a, b), _ => Integer.Choose(a <= b, a, b) },
        };
        return made.Bounds is { Least: > -(1L << 60), Most: < 1L << 60 } ? made : a;
    }

    private static long Value(Integer number, IReadOnlyDictionary<string, long> values)
    {
        long Of(Integer part) => Value(part, values);
        long value = number switch
        {
            WholeNumber whole => whole.Value,
            NamedInteger name => values[name.Name],
            IntegerBinary { Operator: "+" } sum => Of(sum.Left) + Of(sum.Right),
            IntegerBinary { Operator: "-" } difference => Of(difference.Left) - Of(difference.Right),
            IntegerBinary { Operator: "*" } product => Of(product.Left) * Of(product.Right),
            IntegerBinary { Operator: "/" } quotient => Of(quotient.Left) / Of(quotient.Right),
            IntegerBinary remainder => Of(remainder.Left) % Of(remainder.Right),
            IntegerCall { Function: IntegerFunction.Min } call => Math.Min(Of(call.Arguments[0]), Of(call.Arguments[1])),
            IntegerCall call => Math.Max(Of(call.Arguments[0]), Of(call.Arguments[1])),
            IntegerChoice { Condition: Comparison comparison } choice =>
                Of(comparison.Left) <= Of(comparison.Right) ? Of(choice.Yes) : Of(choice.No),
            _ => throw new InvalidOperationException(number.ToString()),
        };
        Assert.InRange(value, number.Bounds.Least, number.Bounds.Most);
        return value;
    }
}
