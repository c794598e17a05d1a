using MicroGpt.Runner.Training;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace MicroGpt.Core.Tests.Documentation;

/// <summary>What the compiler says to the C# of the documentation.</summary>
internal static class DocumentedCode
{
    private const string ImplicitUsings =
        "global using System; global using System.Collections.Generic; global using System.Linq; global using System.Threading; "
            + "global using System.Threading.Tasks;";

    /// <summary>Compiles a program or a library, which must give no warning.</summary>
    /// <returns>The assembly's bytes.</returns>
    public static byte[] Compile(params string[] files)
    {
        SyntaxTree[] trees = [.. files.Append(ImplicitUsings).Select(file => CSharpSyntaxTree.ParseText(file))];
        bool isProgram = trees.Any(tree => tree.GetCompilationUnitRoot().Members.OfType<GlobalStatementSyntax>().Any());
        string[] platform = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator);
        CSharpCompilation compilation = CSharpCompilation.Create(
            "Mine",
            trees,
            platform.Append(typeof(EagerModel).Assembly.Location).Append(typeof(ParameterInitializer).Assembly.Location).Distinct()
                .Select(path => MetadataReference.CreateFromFile(path)),
            new CSharpCompilationOptions(
                isProgram ? OutputKind.ConsoleApplication : OutputKind.DynamicallyLinkedLibrary,
                nullableContextOptions: NullableContextOptions.Enable));
        using var image = new MemoryStream();
        var result = compilation.Emit(image);
        Assert.Empty(result.Diagnostics.Where(d => d.Severity >= DiagnosticSeverity.Warning).Select(d => d.ToString()));
        return image.ToArray();
    }
}
