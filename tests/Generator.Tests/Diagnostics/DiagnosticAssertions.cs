using System.Text;
using MicroGpt.Generator.Spec;
using MicroGpt.Generator.Tests.Pipeline;
using Microsoft.CodeAnalysis;
using Xunit;

namespace MicroGpt.Generator.Tests.Diagnostics;

/// <summary>An expected diagnostic: its id, the source text it is on, its message.</summary>
internal sealed record Expected(string Id, string On, string Message);

internal static class DiagnosticAssertions
{
    /// <summary>Code that uses a model <c>NamesGpt</c> in every way that could add an error to the spec's own.</summary>
    public const string Use = """
        using System;
        using MicroGpt;

        namespace App
        {
            public class Trainer<TModel> where TModel : ICompiledModel { public TModel Model; }

            internal class NamesTrainer : Trainer<NamesGpt>
            {
                public static double Train()
                {
                    using (var model = new NamesGpt(16))
                    {
                        ICompiledModel contract = model;
                        IModelState state = model;
                        state.Updates = model.StateNames.Count;
                        var parameters = new double[model.Description.ParameterCount + model.RowCapacity + model.VectorBits];
                        model.LoadParameters(parameters);
                        model.CopyStateTo(null, "mean", parameters);
                        model.LoadState(null, "mean", parameters);
                        model.CopyParametersTo(parameters);
                        model.LoadParameters(model.CopyParameterTo);
                        model.LoadState(null, "mean", (parameter, values) => model.CopyStateTo(null, "mean", parameter, values));
                        model.Decode(0, 0, parameters);
                        var batch = new Batch(new int[1], new int[1], new int[2]);
                        Console.WriteLine(NamesGpt.CompiledDescription.Name + CompiledModels.All.Count);
                        return contract.Loss(batch) + model.Gradient(batch, parameters) + model.TrainStep(batch, 0.1);
                    }
                }
            }
        }
        """;

    /// <summary>
    /// Asserts exactly these diagnostics, and that they are the build's only errors: code that uses the model compiles as if
    /// it were there.
    /// </summary>
    public static void Reports(string source, params Expected[] expected) => Reports(TestProject.Of(source), expected);

    public static void Reports(TestProject project, params Expected[] expected)
    {
        GeneratorRun run = (project with { Files = project.Files.Add(("Use.cs", Use)), Documentation = DocumentationMode.Diagnose }).Run();
        AssertDiagnostics(run, expected);
        AssertNoMore(run.Output.GetDiagnostics());
    }

    /// <summary>
    /// The same where the class cannot be extended. There is no stub, but an error that is not configurable stops the
    /// compiler after the declarations, which must hold no other error.
    /// </summary>
    public static void ReportsWithoutStub(string source, params Expected[] expected)
    {
        GeneratorRun run = TestProject.Of(source).Run();
        AssertDiagnostics(run, expected);
        AssertNoMore(run.Output.GetDeclarationDiagnostics());
        Assert.DoesNotContain(Stub.HintName, run.Files.Keys);
        Assert.Contains("Empty<", run.Files[Registry.HintName], StringComparison.Ordinal);
    }

    /// <summary>Asserts that there are no errors at all and that the model is compiled.</summary>
    public static void Accepts(string source)
    {
        GeneratorRun run = TestProject.Of(source).Run();
        AssertDiagnostics(run);
        AssertNoMore(run.Output.GetDiagnostics());
        Assert.Contains("NamesGpt.g.cs", run.Files.Keys);
        Assert.Contains("NamesGpt", run.Files[Registry.HintName], StringComparison.Ordinal);
    }

    public static void AssertDiagnostics(GeneratorRun run, params Expected[] expected)
    {
        Expected[] actual = [.. run.Diagnostics.Select(d => new Expected(d.Id, TextOf(run.Input, d), d.GetMessage()))];
        if (!actual.SequenceEqual(expected))
        {
            Assert.Fail($"{run.Diagnostics.Length} diagnostics instead of {expected.Length}; "
                + $"the assertion for what was reported:\n{ToAssertion(actual)}");
        }

        Assert.All(run.Diagnostics, d => Assert.Contains(WellKnownDiagnosticTags.NotConfigurable, d.Descriptor.CustomTags));
    }

    /// <summary>Asserts these diagnostics and no error in a declaration: where the compiler stops, as for a class without a stub.</summary>
    public static void ReportsAtDeclarations(string source, params Expected[] expected)
    {
        GeneratorRun run = TestProject.Of(source).Run();
        AssertDiagnostics(run, expected);
        AssertNoMore(run.Output.GetDeclarationDiagnostics());
    }

    /// <summary>Asserts that there are no errors, and that a stub adds no warning, which could be one where warnings are errors.</summary>
    private static void AssertNoMore(IEnumerable<Diagnostic> diagnostics) => Assert.DoesNotContain(diagnostics, d =>
        d.Severity == DiagnosticSeverity.Error
        || (d.Severity == DiagnosticSeverity.Warning && d.Location.GetLineSpan().Path.EndsWith(Stub.HintName, StringComparison.Ordinal)));

    private static string TextOf(Compilation compilation, Diagnostic diagnostic)
    {
        FileLinePositionSpan place = diagnostic.Location.GetLineSpan();
        SyntaxTree? tree = compilation.SyntaxTrees.FirstOrDefault(t => t.FilePath == place.Path);
        if (tree is null)
        {
            return "";
        }

        // The line span is what the build prints, the span what the editor underlines: they must agree.
        Assert.Equal(tree.GetLineSpan(diagnostic.Location.SourceSpan).Span, place.Span);
        return tree.GetText().ToString(diagnostic.Location.SourceSpan);
    }

    private static string ToAssertion(IEnumerable<Expected> diagnostics)
    {
        var text = new StringBuilder();
        foreach (Expected d in diagnostics)
        {
            text.Append($"            new Expected(\"{d.Id}\", \"{Quote(d.On)}\", \"{Quote(d.Message)}\"),\n");
        }

        return text.ToString().TrimEnd('\n', ',');
    }

    private static string Quote(string text) => text.Replace("\\", "\\\\").Replace("\"", "\\\"");
}
