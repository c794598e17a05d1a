using System.Collections.Immutable;
using MicroGpt.Generator.Spec;
using MicroGpt.Generator.Targets.Cpu.Lowering;
using MicroGpt.Generator.Text;

namespace MicroGpt.Generator.Tests;

/// <summary>Specs to compile, as records: no source, no attribute.</summary>
internal static class TestSpecs
{
    private static readonly int[] HeadSizes = [1, 2, 3, 4, 5, 7, 8, 10, 13, 17, 20];

    /// <summary>Small enough to read all that is generated for it.</summary>
    public static ModelSpec Tiny => Gpt(vocabSize: 5, blockSize: 4, nEmbd: 4, nHead: 2, nLayer: 1);

    public static ModelSpec Gpt(int vocabSize, int blockSize, int nEmbd, int nHead, int nLayer) => new()
    {
        Namespace = "Tests",
        Name = "TestGpt",
        Architecture = Architecture.Gpt,
        VocabSize = vocabSize,
        BlockSize = blockSize,
        NEmbd = nEmbd,
        NHead = nHead,
        NLayer = nLayer,
    };

    public static ModelSpec Mlp(int vocabSize, int nEmbd) => new()
    {
        Namespace = "Tests",
        Name = "TestMlp",
        Architecture = Architecture.Mlp,
        VocabSize = vocabSize,
        NEmbd = nEmbd,
    };

    /// <summary>A GPT of an awkward shape, the same for the same seed.</summary>
    public static ModelSpec Random(int seed)
    {
        var random = new Random(seed);
        int size = HeadSizes[random.Next(HeadSizes.Length)];
        int heads = random.Next(1, Math.Max(2, 40 / size / 2));
        return Gpt(random.Next(2, 40), random.Next(1, 12), heads * size, heads, random.Next(1, 4)) with
        {
            Precision = random.Next(2) == 0 ? Spec.Precision.Double : Spec.Precision.Single,
            ParameterOrder = random.Next(2) == 0 ? Spec.ParameterOrder.HeadFirst : Spec.ParameterOrder.HeadLast,
        };
    }

    /// <summary>All passes of the compiler, up to what a target prints.</summary>
    public static CompiledModel RunPasses(this ModelSpec spec) => ModelCompiler.Plan(new ModelToCompile(spec, null));

    /// <summary>The files of a model.</summary>
    public static ImmutableArray<GeneratedFile> Compile(this ModelSpec spec) => ModelCompiler.Compile(new ModelToCompile(spec, null));

    /// <summary>The kernels of models.</summary>
    public static ImmutableArray<GeneratedFile> CompileKernels(this IEnumerable<ModelSpec> specs) =>
        ModelCompiler.CompileKernels(specs.Select(s => new ModelToCompile(s, null)));

    /// <summary>The graph as a pass left it.</summary>
    public static Graph.Graph After(this CompiledModel model, string pass) => model.Passes.Single(p => p.Name == pass).Graph;

    /// <summary>The spec's numbers, for messages.</summary>
    public static string Describe(this ModelSpec spec) => FormattableString.Invariant(
        $"{spec.Architecture} V={spec.VocabSize} B={spec.BlockSize} C={spec.NEmbd} ")
            + FormattableString.Invariant($"H={spec.NHead} L={spec.NLayer} {spec.Precision} {spec.Optimizer} {spec.ParameterOrder}");
}
