using System.Reflection;
using System.Runtime.Loader;
using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Tests.Language;
using Microsoft.CodeAnalysis.CSharp;
using Xunit;

namespace MicroGpt.Generator.Tests.Reader;

/// <summary>
/// The two meanings of a model's text are one: run as an ordinary program, and read and evaluated by the interpreter, it gives the
/// same loss and the same gradient, and its parameters have the same order, shapes and starts.
/// </summary>
internal static class Agreement
{
    public static Graph.Program Assert(string source)
    {
        CSharpCompilation compilation = ReadModel.Compile(source);
        Xunit.Assert.Empty(compilation.GetDiagnostics().Where(d => d.Severity == Microsoft.CodeAnalysis.DiagnosticSeverity.Error));
        Generator.Reader.ModelReading reading = ReadModel.Read(compilation);
        Xunit.Assert.Empty(reading.Diagnostics.Select(d => d.ToDiagnostic().ToString()));
        Graph.Program program = reading.Program!;

        EagerModel eager = Eager(compilation, program);
        Xunit.Assert.Equal(
            program.Parameters.Select(p => (p.Shape.Kind == ShapeKind.Vector, (int)p.Shape.Elements, p.Mean, p.Std)),
            eager.Parameters.Select(p => (p.IsVector, p.Count, p.Mean, p.Std ?? double.NaN)));

        Graph.Graph graph = program.WithGradients();
        Evaluation run = program.NewEvaluation();
        eager.LoadParameters(program.Parameters.SelectMany(p => run.Parameters[p.Name]).ToArray());
        double[] gradient = new double[eager.ParameterCount];
        double loss = eager.Gradient(new Batch(run.Tokens, run.Targets, run.Starts), gradient);

        var values = Interpreter.Evaluate(graph, run);
        AssertClose(loss, values[graph.Loss!][0][0], "loss");
        int offset = 0;
        foreach (var (parameter, node) in program.Parameters.Zip(graph.Outputs.Skip(1)))
        {
            for (int i = 0; i < parameter.Shape.Elements; i++)
            {
                AssertClose(gradient[offset++], values[node][0][i], $"gradient of {parameter.Name}[{i}]");
            }
        }

        return program;
    }

    private static EagerModel Eager(CSharpCompilation compilation, Graph.Program program)
    {
        using var image = new MemoryStream();
        Xunit.Assert.True(compilation.Emit(image).Success);
        image.Position = 0;
        Assembly assembly = new AssemblyLoadContext("model", isCollectible: true).LoadFromStream(image);
        Type model = assembly.GetTypes().Where(t => t.GetCustomAttribute<ModelAttribute>() is not null).Single();
        ConstructorInfo constructor = model.GetConstructors().OrderBy(c => c.GetParameters().Length).First();
        object?[] defaults = [.. constructor.GetParameters().Select(p => p.DefaultValue)];
        return new EagerModel(
            () => constructor.Invoke(defaults) is var made && model.GetMethod("Forward", [typeof(Tokens)])!
                .CreateDelegate<Func<Tokens, Tensor>>(made) is var forward ? forward : null!,
            program.VocabSize,
            program.BlockSize,
            model.GetCustomAttribute<ModelAttribute>()!.InitStd);
    }

    private static void AssertClose(double eager, double read, string what) => Xunit.Assert.True(
        Math.Abs(eager - read) <= 1e-12 * Math.Max(1, Math.Abs(eager)),
        FormattableString.Invariant($"{what}: {eager:R} run, {read:R} read"));
}
