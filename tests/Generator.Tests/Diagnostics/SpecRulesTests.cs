using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using MicroGpt.Generator.Spec;
using Xunit;

namespace MicroGpt.Generator.Tests.Diagnostics;

/// <summary>The rules on any numbers: they always answer, and what they advise is true.</summary>
public sealed class SpecRulesTests
{
    private static readonly HashSet<string> All = ["VocabSize", "BlockSize", "NEmbd", "NHead", "NLayer"];

    // Ordinary numbers, those around zero, and everything up to the end of int.
    private static readonly Arbitrary<int[]> Numbers = Gen.OneOf(
        Gen.Choose(1, 2000),
        Gen.Choose(-2, 3),
        Gen.Elements(int.MaxValue, int.MaxValue - 1, int.MinValue, 1 << 30, 65536, 46341),
        Gen.Choose(1, int.MaxValue)).ArrayOf(5).ToArbitrary();

    [Fact]
    public void EveryCombinationIsEitherValidOrExplained() => Prop.ForAll(Numbers, n =>
    {
        ModelSpec spec = Of(n);
        List<Violation> violations = [.. SpecRules.Check(spec, All)];
        bool valid = n.All(x => x > 0) && n[0] > 1 && n[4] <= SpecRules.MostLayers
            && n[2] % n[3] == 0 && BufferSizes.Of(spec).All(b => b.Elements <= int.MaxValue);

        Assert.Equal(valid, violations.Count == 0);
        Assert.All(violations, v => Assert.DoesNotContain("{", string.Format(v.Descriptor.MessageFormat.ToString(null), [.. v.Arguments])));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void TheAdvisedNumberFitsAndTheNextDoesNot() => Prop.ForAll(Numbers, n =>
    {
        ModelSpec spec = Of([.. n.Select(x => Math.Max(1, x == int.MinValue ? 1 : Math.Abs(x)))]);
        if (BufferSizes.FirstTooLarge(spec) is null || BufferSizes.LargestFitting(spec, "BlockSize") is not (var block and > 0))
        {
            return;
        }

        Assert.Null(BufferSizes.FirstTooLarge(spec with { BlockSize = block }));
        Assert.NotNull(BufferSizes.FirstTooLarge(spec with { BlockSize = block + 1 }));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void TheAdvisedWidthIsAMultipleOfTheHeads()
    {
        ModelSpec spec = Of([27, 16, 1_000_002, 6, 1]);
        int width = BufferSizes.LargestFitting(spec, "NEmbd");

        Assert.True(width > 0 && width % 6 == 0);
        Assert.Null(BufferSizes.FirstTooLarge(spec with { NEmbd = width }));
        Assert.NotNull(BufferSizes.FirstTooLarge(spec with { NEmbd = width + 6 }));
    }

    [Fact]
    public void ParameterCountOfTheFormulaIsPartOfTheWeights()
    {
        // 2VC + BC + 12LC^2, the smallest that both orientations could take, is half of what is planned for.
        ModelSpec spec = Of([32, 16, 16, 4, 3]);
        BigInteger weights = BufferSizes.Of(spec).Single(b => b.Name.StartsWith("weights", StringComparison.Ordinal)).Elements;

        Assert.Equal(2 * ((2 * 32 * 16) + (16 * 16) + (12 * 3 * 16 * 16)), weights);
    }

    private static ModelSpec Of(int[] n) => new() { VocabSize = n[0], BlockSize = n[1], NEmbd = n[2], NHead = n[3], NLayer = n[4] };
}
