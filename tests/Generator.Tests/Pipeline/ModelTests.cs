using System.Reflection;
using System.Runtime.Loader;
using MicroGpt.Generator.Tests.Reader;
using Microsoft.CodeAnalysis;
using Xunit;

namespace MicroGpt.Generator.Tests.Pipeline;

/// <summary>A class with <c>[Model]</c> through the whole generator: compiled, and run beside its own text.</summary>
public sealed class ModelTests
{
    public static TheoryData<string> Texts => [ArchitectureTests.Gpt, ArchitectureTests.Llama];

    [Theory]
    [MemberData(nameof(Texts))]
    public void TheCompiledModelIsTheText(string text)
    {
        string source = ReadModel.Usings + text.Replace("BlockSize = 16", "BlockSize = 16, Precision = Precision.Double");
        GeneratorRun run = Run(source);
        using var image = new MemoryStream();
        Assert.True(run.Output.Emit(image).Success);
        image.Position = 0;
        Assembly assembly = new AssemblyLoadContext("model", isCollectible: true).LoadFromStream(image);
        Type type = assembly.GetType("Small")!;
        using var model = (ICompiledModel)Activator.CreateInstance(type, 32)!;
        var eager = new EagerModel(() => type.GetMethod("Forward", [typeof(Tokens)])!
            .CreateDelegate<Func<Tokens, Tensor>>(type.GetConstructor([])!.Invoke([])), model.Description);

        var random = new Random(5);
        double[] parameters = [.. Enumerable.Range(0, model.Description.ParameterCount).Select(_ => (random.NextDouble() - 0.5) * 0.6)];
        model.LoadParameters(parameters);
        eager.LoadParameters(parameters);
        int[] tokens = [.. Enumerable.Range(0, 12).Select(_ => random.Next(27))],
            targets = [.. Enumerable.Range(0, 12).Select(_ => random.Next(27))];
        double[] compiled = new double[parameters.Length], run2 = new double[parameters.Length];
        double loss = model.Gradient(new Batch(tokens, targets, [0, 7, 12]), compiled),
            expected = eager.Gradient(new Batch(tokens, targets, [0, 7, 12]), run2);
        Assert.Equal(expected, loss, 1e-12);
        Assert.All(
            compiled.Zip(run2), pair => Assert.True(Math.Abs(pair.First - pair.Second) <= 1e-12 * Math.Max(1, Math.Abs(pair.Second))));
    }

    [Fact]
    public void AnEditElsewhereCompilesNothing()
    {
        GeneratorRun run = Run(ReadModel.Usings + ArchitectureTests.Llama);
        GeneratorRun again = run.Edit("Other.cs", _ => "class Other { void M() { } }");
        again.AssertNothingRan();
        GeneratorRun moved = again.Edit("Spec.cs", text => "// A comment.\n" + text);
        moved.AssertNothingRan();
    }

    [Fact]
    public void AMistakeOfTheTextLeavesAStub()
    {
        GeneratorRun run = (TestProject.Of(ReadModel.Usings + ArchitectureTests.Llama.Replace(
            "Matrix(24, width, name: \"feed_forward.w1",
            "Matrix(24, 7, name: \"feed_forward.w1")) with { Compile = TestSpecs.Compile }).Run();
        Assert.Equal("MGPT210", Assert.Single(run.Diagnostics).Id);
        Assert.Empty(run.Output.GetDiagnostics().Where(d => d.Severity == DiagnosticSeverity.Error));
    }

    private static GeneratorRun Run(string source)
    {
        GeneratorRun run = (TestProject.Of(source) with { Compile = TestSpecs.Compile }).Run();
        Assert.Empty(run.Diagnostics.Select(d => d.ToString()));
        Assert.Empty(run.Output.GetDiagnostics()
            .Where(d => d.Severity >= DiagnosticSeverity.Warning && !d.Id.StartsWith("CS1591", StringComparison.Ordinal))
            .Select(d => d.ToString()));
        return run;
    }
}
