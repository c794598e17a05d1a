using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using MicroGpt.Runner.Training;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace MicroGpt.Core.Tests.Documentation;

/// <summary>The code of docs/your-own-model.md compiles without a warning, and its program prints what the page says.</summary>
public class YourOwnModelTests
{
    private const string ImplicitUsings = "global using System; global using System.Collections.Generic; global using System.Linq;";

    [Fact]
    public void The_pages_program_prints_what_it_says()
    {
        string page = File.ReadAllText(Path.Combine(Folder(), "../../../docs/your-own-model.md"));
        const RegexOptions Blocks = RegexOptions.Multiline | RegexOptions.Singleline;
        string[] code = [.. Regex.Matches(page, "^```csharp\n(.*?)^```", Blocks).Select(block => block.Groups[1].Value)];
        string expected = Regex.Match(page, "^prints\n\n```text\n(.*?)^```", Blocks).Groups[1].Value;
        Assert.Equal(3, code.Length);
        Assert.Equal(expected, Run(Compile([.. code, ImplicitUsings])));
    }

    private static Assembly Compile(string[] files)
    {
        string[] platform = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator);
        CSharpCompilation compilation = CSharpCompilation.Create(
            "Mine",
            files.Select(file => CSharpSyntaxTree.ParseText(file)),
            platform.Append(typeof(EagerModel).Assembly.Location).Append(typeof(ParameterInitializer).Assembly.Location).Distinct()
                .Select(path => MetadataReference.CreateFromFile(path)),
            new CSharpCompilationOptions(OutputKind.ConsoleApplication, nullableContextOptions: NullableContextOptions.Enable));
        using var image = new MemoryStream();
        var result = compilation.Emit(image);
        Assert.Empty(result.Diagnostics.Where(d => d.Severity >= DiagnosticSeverity.Warning).Select(d => d.ToString()));
        return Assembly.Load(image.ToArray());
    }

    private static string Run(Assembly program)
    {
        TextWriter console = Console.Out;
        using var output = new StringWriter { NewLine = "\n" };
        Console.SetOut(output);
        try
        {
            program.EntryPoint!.Invoke(null, [Array.Empty<string>()]);
        }
        finally
        {
            Console.SetOut(console);
        }

        return output.ToString();
    }

    private static string Folder([CallerFilePath] string file = "") => Path.GetDirectoryName(file)!;
}
