using System.Diagnostics;
using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Emit;
using Xunit;

namespace MicroGpt.Generator.Tests.Pipeline;

/// <summary>
/// The compiler server stays between builds; what compiles must be the generator that lies on disk, not the one that it has loaded.
/// </summary>
public sealed class CompilerServerTests : IDisposable
{
    private const string Marker = "The models that the compiler wrote";

    private const string ImplicitUsings =
        "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; "
            + "global using System.Threading;";

    private readonly string _folder = Directory.CreateTempSubdirectory("microgpt-server-").FullName;
    private readonly string _pipe = "microgpt" + Guid.NewGuid().ToString("N")[..8];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void ARebuiltGeneratorIsUsedAtOnce()
    {
        // Both are there before the server starts, which does not wait long for the second.
        byte[] first = GeneratorWith("First text"), second = GeneratorWith("Second text");
        Assert.Contains("First text", Generated(first, "first"), StringComparison.Ordinal);
        Assert.Contains("Second text", Generated(second, "second"), StringComparison.Ordinal);

        // The server took the first; of the second it says that it has another one loaded, and ends: the compiler went on without it.
        string log = File.ReadAllText(LogFile);
        Assert.Contains("Writing Completed response", log, StringComparison.Ordinal);
        Assert.Contains("Writing AnalyzerInconsistency response", log, StringComparison.Ordinal);
    }

    private string LogFile => Path.Combine(_folder, "server.log");

    /// <summary>Puts a generator in the place of the one before, and lets the C# compiler run it on a spec.</summary>
    private string Generated(byte[] assembly, string name)
    {
        string generator = Path.Combine(_folder, "MicroGpt.Generator.dll"),
            spec = Path.Combine(_folder, "Spec.cs"), output = Path.Combine(_folder, name);
        File.WriteAllBytes(generator, assembly);
        Directory.CreateDirectory(output);
        File.WriteAllText(spec, "namespace App; [MicroGpt.MlpModel(VocabSize = 5, NEmbd = 4)] public sealed partial class Spec;");
        string[] arguments =
        [
            Path.Combine(CompilerFolder, "csc.dll"), "-noconfig", "-nostdlib", "-unsafe", "-target:library", $"-shared:{_pipe}",
            "-keepalive:60", $"-analyzer:{generator}", $"-generatedfilesout:{output}", $"-out:{Path.Combine(_folder, "App.dll")}", spec,
            .. Platform.Append(typeof(ModelEntry).Assembly.Location).Select(path => $"-r:{path}"),
        ];
        var start = new ProcessStartInfo(Host, arguments) { RedirectStandardOutput = true };
        start.Environment["RoslynCommandLineLogFile"] = LogFile;
        using Process process = Process.Start(start)!;
        string said = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Assert.True(process.ExitCode == 0, said);
        return File.ReadAllText(Assert.Single(Directory.GetFiles(output, "CompiledModels.g.cs", SearchOption.AllDirectories)));
    }

    /// <summary>The generator, rebuilt with another text in what it generates.</summary>
    private static byte[] GeneratorWith(string text)
    {
        string source = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "../../../src/Generator"));
        var options = new CSharpParseOptions(LanguageVersion.Preview, preprocessorSymbols: ["MICROGPT_GENERATOR"]);
        string[] shared =
        [
            "Numerics/Philox.cs", "Numerics/ScalarFunctions.cs", "Language/Compositions.cs", "Architectures/Gpt.cs", "Architectures/Mlp.cs",
        ];
        IEnumerable<string> files = Directory.GetFiles(source, "*.cs", SearchOption.AllDirectories)
            .Where(file => !Path.GetRelativePath(source, file).Split(Path.DirectorySeparatorChar)
                .Any(part => part is "obj" or "bin" or "Polyfills"))
            .Concat(shared.Select(file => Path.Combine(source, "../Core", file)));
        CSharpCompilation compilation = CSharpCompilation.Create(
            "MicroGpt.Generator",
            files.Select(
                file => CSharpSyntaxTree.ParseText(File.ReadAllText(file).Replace(Marker, text, StringComparison.Ordinal), options, file))
                .Append(CSharpSyntaxTree.ParseText(ImplicitUsings, options)),
            [
                .. Platform.Append(typeof(Compilation).Assembly.Location).Append(typeof(CSharpCompilation).Assembly.Location).Distinct()
                    .Select(path => MetadataReference.CreateFromFile(path)),
            ],
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, deterministic: true));
        using var image = new MemoryStream();
        EmitResult result = compilation.Emit(image);
        Assert.True(result.Success, string.Join("\n", result.Diagnostics.Where(d => d.Severity == DiagnosticSeverity.Error)));
        return image.ToArray();
    }

    private static IEnumerable<string> Platform => ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
        .Where(path => Path.GetFileName(path).StartsWith("System.", StringComparison.Ordinal));

    private static string Host => Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? Path.Combine(DotNet, "dotnet");

    /// <summary>The folder with the host: that of the framework is <c>shared/Microsoft.NETCore.App/10.0.x</c> in it.</summary>
    private static string DotNet => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "../../.."));

    private static string CompilerFolder => Path.Combine(
        Directory.GetDirectories(Path.Combine(DotNet, "sdk"), "10.*")
            .OrderBy(folder => Version.Parse(Path.GetFileName(folder).Split('-')[0])).Last(),
        "Roslyn", "bincore");

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
