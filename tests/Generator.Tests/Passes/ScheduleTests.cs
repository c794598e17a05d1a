using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Spec;
using MicroGpt.Generator.Targets.Cpu.Lowering;
using Xunit;

namespace MicroGpt.Generator.Tests.Passes;

/// <summary>How the parts of a compiled model grow with the spec.</summary>
public sealed class ScheduleTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TwelveLayersNeedTheKernelsOfOne(bool adam)
    {
        ModelSpec spec = TestSpecs.Gpt(27, 16, 24, 3, 1) with { Optimizer = adam ? Spec.Optimizer.Adam : Spec.Optimizer.Sgd };
        Assert.Equal(spec.RunPasses().Kernels.Select(k => k.Name), (spec with { NLayer = 12 }).RunPasses().Kernels.Select(k => k.Name));
    }

    /// <summary>Models of an assembly share their kernels, so a name must say all that tells one kernel from another.</summary>
    [Fact]
    public void KernelsHaveNamesOfTheirOwn()
    {
        ModelSpec[] like = [.. Enumerable.Range(1, 40).Select(TestSpecs.Random)];
        var kernels = like
            .Concat(like.Select(s => s with { BlockSize = s.BlockSize + 1 }))
            .Concat(like.Select(s => s with { VocabSize = s.VocabSize + 1 }))
            .Concat(like.Select(s => s with { NHead = 1 }))
            .Concat(like.Select(s => s with { Optimizer = Spec.Optimizer.Adam }))
            .SelectMany(s => s.RunPasses().Kernels.Select(k => (s.Precision, Kernel: k)))
            .Distinct();
        Assert.All(
            kernels.GroupBy(k => (k.Precision, k.Kernel.Name)), same => Assert.Equal(same.Take(1), same));
    }

    [Fact]
    public void SchedulesGrowByTheSameForEachLayer()
    {
        int[] Lengths(int layers)
        {
            CompiledModel model = TestSpecs.Gpt(27, 16, 24, 3, layers).RunPasses();
            return [model.Forward.Length, model.Backward.Length, model.Gradient.Length, model.Decode.Length];
        }

        int[] one = Lengths(1), two = Lengths(2), twelve = Lengths(12);
        Assert.Equal(one.Zip(two, (a, b) => a + (11 * (b - a))), twelve);
        Assert.All(one.Zip(two, (a, b) => b - a), growth => Assert.InRange(growth, 1, 30));
    }

    [Fact]
    public void ThePassesRunInThisOrder() => Assert.Equal(
        ["Build", "Differentiate", "AppendUpdates", "Simplify", "Fuse", "FuseRows", "Epilogues", "Order", "Decoder"],
        TestSpecs.Tiny.RunPasses().Passes.Select(p => p.Name));

    [Fact]
    public void AFailureNamesThePass()
    {
        var error = Assert.Throws<CompilerException>(() => (TestSpecs.Tiny with { Architecture = (Architecture)99 }).RunPasses());
        Assert.Equal("Record", error.Pass);
        Assert.Contains("no built-in architecture", error.Message, StringComparison.Ordinal);
    }

    /// <summary>2·(3·(12·L·C² + V·C)) a position, and 12·L·C a pair of positions.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void OperationsAreThoseOfTheFormula(int layers)
    {
        const long C = 24, V = 27;
        Assert.Equal(
            (6 * ((12 * layers * C * C) + (V * C)), 12 * layers * C),
            TestSpecs.Gpt((int)V, 16, (int)C, 3, layers).RunPasses().Flops);
    }
}
