using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Reader;
using MicroGpt.Generator.Tests.Diagnostics;
using MicroGpt.Generator.Tests.Pipeline;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Xunit;

namespace MicroGpt.Generator.Tests.Reader;

/// <summary>Runs the reader on source text.</summary>
internal static class ReadModel
{
    /// <summary>What every file of a model begins with.</summary>
    public const string Usings = "using System; using MicroGpt; using static MicroGpt.Functions;\n";

    /// <summary>Reads the first class with the attribute, or the one of a name.</summary>
    public static ModelReading Read(CSharpCompilation compilation, string? name = null)
    {
        INamedTypeSymbol model = compilation.GetSymbolsWithName(n => name is null || n == name, SymbolFilter.Type)
            .OfType<INamedTypeSymbol>()
            .Where(t => t.GetAttributes().Any(a => a.AttributeClass?.Name == "ModelAttribute"))
            .OrderBy(t => t.Locations[0].SourceSpan.Start).Last();
        AttributeData attribute = model.GetAttributes().First(a => a.AttributeClass?.Name == "ModelAttribute");
        return ModelReader.Read(model, attribute, (AttributeSyntax)attribute.ApplicationSyntaxReference!.GetSyntax(), compilation, default);
    }

    public static CSharpCompilation Compile(string source) =>
        TestProject.Of(Usings + source).CreateCompilation();

    /// <summary>The program of a model whose text is right.</summary>
    public static Program Accepts(string source)
    {
        CSharpCompilation compilation = Compile(source);
        Assert.Empty(compilation.GetDiagnostics().Where(d => d.Severity == DiagnosticSeverity.Error));
        ModelReading reading = Read(compilation);
        Assert.Empty(reading.Diagnostics.Select(d => d.ToDiagnostic().ToString()));
        return reading.Program!;
    }

    /// <summary>A program's operations in one line each, for a short assertion.</summary>
    public static string Print(Program program) => GraphPrinter.Print(ToGraph(program));

    /// <summary>The program as a graph that can be printed and evaluated.</summary>
    public static Graph.Graph ToGraph(Program program)
    {
        ForwardGraph forward = program.ToGraph();
        return new Graph.Graph(
            [.. forward.Builder.Nodes], [forward.Logits, forward.Loss]) { Parameters = [.. forward.Parameters], Loss = forward.Loss };
    }

    public static void Reports(string source, params Expected[] expected)
    {
        CSharpCompilation compilation = Compile(source);
        Assert.Empty(compilation.GetDiagnostics().Where(d => d.Severity == DiagnosticSeverity.Error));
        AssertDiagnostics(compilation, Read(compilation), expected);
    }

    public static void AssertDiagnostics(CSharpCompilation compilation, ModelReading reading, params Expected[] expected)
    {
        Expected[] actual =
        [
            .. reading.Diagnostics.Select(d => d.ToDiagnostic()).Select(d => new Expected(
                d.Id,
                compilation.SyntaxTrees.Single(t => t.FilePath == d.Location.GetLineSpan().Path).GetText().ToString(d.Location.SourceSpan),
                d.GetMessage())),
        ];
        Assert.True(actual.SequenceEqual(expected), "instead: "
            + string.Join("\n", actual.Select(a => $"new Expected(\"{a.Id}\", \"{a.On}\", \"{a.Message}\")")));
        Assert.Null(reading.Program);
    }
}
