using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using MicroGpt.Runner.Training;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace MicroGpt.Core.Tests.Documentation;

/// <summary>The C# of a page of the documentation, and what the compiler says to it.</summary>
internal static class DocumentedCode
{
    private const RegexOptions Blocks = RegexOptions.Multiline | RegexOptions.Singleline;

    private const string ImplicitUsings =
        "global using System; global using System.Collections.Generic; global using System.Linq; global using System.Threading; "
            + "global using System.Threading.Tasks;";

    /// <summary>The text of a page.</summary>
    /// <param name="name">Its file in the folder of the documentation.</param>
    public static string Page(string name) => File.ReadAllText(Path.Combine(Folder(), "../../../docs", name));

    /// <summary>The blocks of C# in a text, in order.</summary>
    public static string[] Of(string text) =>
        [.. Regex.Matches(text, "^```csharp\n(.*?)^```", Blocks).Select(block => block.Groups[1].Value)];

    /// <summary>Compiles a program, which must give no warning.</summary>
    /// <returns>The assembly's bytes.</returns>
    public static byte[] Compile(params string[] files)
    {
        string[] platform = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator);
        CSharpCompilation compilation = CSharpCompilation.Create(
            "Mine",
            files.Append(ImplicitUsings).Select(file => CSharpSyntaxTree.ParseText(file)),
            platform.Append(typeof(EagerModel).Assembly.Location).Append(typeof(ParameterInitializer).Assembly.Location).Distinct()
                .Select(path => MetadataReference.CreateFromFile(path)),
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable));
        using var image = new MemoryStream();
        var result = compilation.Emit(image);
        Assert.Empty(result.Diagnostics.Where(d => d.Severity >= DiagnosticSeverity.Warning).Select(d => d.ToString()));
        return image.ToArray();
    }

    private static string Folder([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
