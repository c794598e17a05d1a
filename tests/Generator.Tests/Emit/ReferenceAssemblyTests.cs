using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Emit;
using Xunit;

namespace MicroGpt.Generator.Tests.Emit;

/// <summary>
/// What other assemblies see of a model, and hence whether a build compiles them again, does not depend on its numbers.
/// </summary>
public sealed class ReferenceAssemblyTests
{
    private static readonly byte[] Default = ReferenceAssembly("NEmbd = 8, NHead = 2, NLayer = 1");

    [Theory]
    [InlineData("NEmbd = 8, NHead = 2, NLayer = 3")]
    [InlineData("NEmbd = 8, NHead = 2, NLayer = 1, InitStd = 0.02")]
    public void AnEditedNumberLeavesItAsItWas(string numbers) => Assert.Equal(Default, ReferenceAssembly(numbers));

    private static byte[] ReferenceAssembly(string numbers)
    {
        var options = new CSharpParseOptions(LanguageVersion.CSharp13);
        string source =
            $"using MicroGpt; namespace App; [GptModel(VocabSize = 5, BlockSize = 4, {numbers})] public sealed partial class NamesGpt;";
        CSharpCompilation compilation = CSharpCompilation.Create(
            "App",
            [CSharpSyntaxTree.ParseText(source, options, encoding: System.Text.Encoding.UTF8)],
            InMemoryBuild.References,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true, deterministic: true));
        CSharpGeneratorDriver.Create([new MicroGptGenerator().AsSourceGenerator()], parseOptions: options)
            .RunGeneratorsAndUpdateCompilation(compilation, out Compilation output, out _);
        using var image = new MemoryStream();
        EmitResult result = output.Emit(image, options: new EmitOptions(metadataOnly: true, includePrivateMembers: false));
        Assert.True(result.Success, string.Join("\n", result.Diagnostics));
        return image.ToArray();
    }
}
