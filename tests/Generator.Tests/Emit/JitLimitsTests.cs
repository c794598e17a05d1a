using MicroGpt.Generator.Spec;
using MicroGpt.Generator.Tests.Pipeline;
using MicroGpt.Generator.Tests.Reader;
using MicroGpt.Generator.Text;
using Xunit;
using Xunit.Abstractions;

namespace MicroGpt.Generator.Tests.Emit;

/// <summary>
/// The just-in-time compiler gives up optimising a method beyond certain sizes (JitMinOpts* in the runtime's
/// <c>jitconfigvalues.h</c>). No generated method may exceed half of any.
/// </summary>
public sealed class JitLimitsTests(ITestOutputHelper output)
{
    private static readonly (string What, int Limit, Func<IlMethod, int> Size)[] Limits =
    [
        ("bytes of IL", 60_000, m => m.Bytes),
        ("locals", 2_000, m => m.Locals),
        ("local references", 8_000, m => m.LocalReferences),
        ("basic blocks", 2_000, m => m.Blocks),
        ("IL instructions", 20_000, m => m.Instructions),
    ];

    private static readonly ModelSpec[] Specs =
    [
        TestSpecs.Gpt(27, 16, 16, 4, 1) with { Name = "Default" },
        TestSpecs.Gpt(27, 16, 16, 1, 1) with { Name = "Step3", Precision = Spec.Precision.Double },
        TestSpecs.Gpt(27, 16, 16, 4, 1) with { Name = "Step4", Precision = Spec.Precision.Double },
        TestSpecs.Gpt(65, 256, 384, 6, 6) with { Name = "Middle", Optimizer = Spec.Optimizer.Adam },
        TestSpecs.Gpt(50_304, 16, 768, 12, 12) with { Name = "Largest" },
    ];

    /// <summary>Forward passes of users' own, at the size of GPT-2 and with layers of many small parts.</summary>
    public static TheoryData<string> Texts =>
    [
        ArchitectureTests.LargeGpt(layers: 12),
        ArchitectureTests.Llama.Replace("layers: 2", "layers: 8"),
    ];

    [Theory]
    [MemberData(nameof(Texts))]
    public void NoMethodOfAProgramExceedsHalfOfALimit(string text)
    {
        GeneratorRun run = (TestProject.Of(ReadModel.Usings + text) with { Compile = TestSpecs.Compile }).Run();
        Assert.Empty(run.Diagnostics);
        using var image = new MemoryStream();
        Assert.True(run.Output.Emit(image).Success);
        AssertWithinLimits(IlMethod.Of(image.ToArray()), ["SmallModel.", "SingleKernels512."]);
    }

    [Fact]
    public void NoMethodExceedsHalfOfALimit() => AssertWithinLimits(
        IlMethod.Of(InMemoryBuild.Compile(Specs)), [.. Specs.Select(s => s.Name + "."), "SingleKernels512.", "DoubleKernels512."]);

    [Fact]
    public void TwelveLayersHaveTheKernelsOfOne()
    {
        int Kernels(int layers) => ModelCompiler.Plan(TestSpecs.Tiny, ReadModel.Accepts(ArchitectureTests.LargeGpt(layers))).Kernels.Length;
        Assert.True(Kernels(12) <= Kernels(2));
        Assert.True(Kernels(12) <= Kernels(1), $"{Kernels(12)} kernels, {Kernels(1)} for one layer.");
    }

    private void AssertWithinLimits(IReadOnlyList<IlMethod> methods, string[] prefixes)
    {
        Assert.All(
            prefixes,
            prefix => Assert.Contains(methods, m => m.Name.StartsWith(prefix, StringComparison.Ordinal)));
        foreach (var (what, limit, size) in Limits)
        {
            IlMethod largest = methods.MaxBy(size)!;
            output.WriteLine(FormattableString.Invariant($"{what}: at most {size(largest)} of {limit}, in {largest.Name}"));
            Assert.True(
                size(largest) <= limit / 2,
                FormattableString.Invariant($"{largest.Name} has {size(largest)} {what}, more than half of the limit of {limit}."));
        }
    }

    /// <summary>Counted by hand, so that the limits are compared with something.</summary>
    [Fact]
    public void MethodsAreMeasured()
    {
        var text = new GeneratedFile("Known.g.cs", """
            namespace Tests;
            partial class Known
            {
                static int Sum(int n)
                {
                    int sum = 0;
                    for (int i = 0; i < n; i++) { sum += i; }
                    return sum;
                }
            }
            """);
        IlMethod sum = Assert.Single(
            IlMethod.Of(InMemoryBuild.Compile([TestSpecs.Tiny with { Name = "Known" }], [text])), m => m.Name == "Known.Sum");

        // ldc stloc ldc stloc br | ldloc ldloc add stloc ldloc ldc add stloc | ldloc ldarg blt | ldloc ret
        Assert.Equal((2, 10, 4, 18), (sum.Locals, sum.LocalReferences, sum.Blocks, sum.Instructions));
        Assert.Equal(20, sum.Bytes);
    }
}
