using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Tests.Pipeline;
using Xunit;

namespace MicroGpt.Generator.Tests.Emit;

/// <summary>Snapshots of a tiny GPT: what is generated for it, to be read.</summary>
public sealed class GptTests
{
    /// <summary>Every kind of file once; of the kernels, which differ in the width of vectors alone, one printing.</summary>
    [Fact]
    public Task Emits() => Verify((TestProject.Of("""
        using MicroGpt;
        namespace App;
        [GptModel(VocabSize = 5, BlockSize = 4, NEmbd = 4, NHead = 2, NLayer = 1)]
        public sealed partial class TinyGpt;
        """) with { Compile = TestSpecs.Compile }).Run().Driver)
        .IgnoreGeneratedResult(file => file.HintName is "SingleKernels128.g.cs" or "SingleKernels512.g.cs");

    [Fact]
    public Task PrintsTheGraphAfterEachPass() => Verify(string.Join(
        "\n", TestSpecs.Tiny.RunPasses().Passes.Select(pass => $"==== {pass.Name}\n{GraphPrinter.Print(pass.Graph)}")));
}
