using System.Text.Json;
using Microsoft.ML.OnnxRuntime;
using Microsoft.ML.OnnxRuntime.Tensors;
using MicroGpt.Runner.Export.Onnx;
using Xunit;

namespace MicroGpt.Onnx.Tests;

/// <summary>ONNX Runtime computes from the file what the compiled model computes.</summary>
public sealed class OnnxRuntimeTests
{
    private const double Tolerance = 1e-5;

    /// <summary>Where tests/scripts/onnx.sh wants the files and the documents, for another runtime; nowhere unless set.</summary>
    private const string CasesVariable = "MICROGPT_ONNX_CASES";

    public static TheoryData<string> Names => [.. OnnxCase.Models.Select(entry => entry.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void TheLogitsAgree(string name)
    {
        OnnxCase @case = OnnxCase.Of(OnnxCase.Models.Single(entry => entry.Name == name));
        if (Environment.GetEnvironmentVariable(CasesVariable) is { Length: > 0 } folder)
        {
            Save(folder, @case);
        }

        using var session = new InferenceSession(@case.File);
        Assert.Equal("MicroGpt", session.ModelMetadata.ProducerName);
        Assert.Equal(name, session.ModelMetadata.CustomMetadataMap["model"]);
        foreach ((int[] tokens, double[] logits) in @case.Documents)
        {
            AssertClose(logits, Run(session, tokens, @case.Model.VocabSize), $"{name}, {tokens.Length} tokens");
        }
    }

    /// <summary>Angles of thousands of turns, of which a single holds few fractions.</summary>
    [Fact]
    public void FarPositionsAreTurnedExactly()
    {
        OnnxCase @case = OnnxCase.Of(OnnxCase.Models.Single(entry => entry.Name == "WindowedWide"), longest: 3000);
        using var session = new InferenceSession(@case.File);
        (int[] tokens, double[] logits) = @case.Documents[2];
        AssertClose(logits, Run(session, tokens, @case.Model.VocabSize), $"{tokens.Length} tokens");
    }

    /// <summary>A graph with fewer heads of keys than of queries, which the compiler does not write but which a graph can say.</summary>
    [Fact]
    public void FewerHeadsOfKeysAreThoseOfTheirQueries()
    {
        float[] shared = Run(Heads(keyHeads: 2), [0, 1, 2, 1]);
        float[] repeated = Run(Heads(keyHeads: 4), [0, 1, 2, 1]);
        AssertClose([.. repeated.Select(value => (double)value)], shared, "shared heads");
        Assert.True(shared.Distinct().Count() > 8);
    }

    [Fact]
    public void AnOperationWithoutTranslationIsNamed()
    {
        ModelDescription model = Heads(keyHeads: 4);
        var graph = new ModelGraph(
            [.. model.Graphs.Forward.Nodes.Select(node => node.Op == "Attention" ? node with { Op = "Convolution" } : node)],
            model.Graphs.Forward.Outputs, 0);
        model = model with { Graphs = new ModelGraphs(() => graph, () => graph) };
        string message = Assert.Throws<Runner.RunnerException>(() => OnnxTranslation.Run(model, new double[model.ParameterCount])).Message;
        Assert.Contains("no translation of Convolution", message, StringComparison.Ordinal);
    }

    private static float[] Run(InferenceSession session, int[] tokens, int vocabulary)
    {
        var input = new DenseTensor<long>(Array.ConvertAll(tokens, token => (long)token), [tokens.Length]);
        using var results = session.Run([NamedOnnxValue.CreateFromTensor(OnnxTranslation.Tokens, input)]);
        Tensor<float> logits = results.Single(result => result.Name == OnnxTranslation.Logits).AsTensor<float>();
        Assert.Equal([tokens.Length, vocabulary], logits.Dimensions.ToArray());
        return [.. logits];
    }

    private static float[] Run(ModelDescription model, int[] tokens)
    {
        double[] parameters = [.. Enumerable.Range(0, model.ParameterCount).Select(i => Math.Sin(i))];
        using var file = new MemoryStream();
        OnnxFile.Create(model, parameters, new Runner.Data.ByteTokenizer { HasBos = false }).WriteTo(file);
        using var session = new InferenceSession(file.ToArray());
        return Run(session, tokens, model.VocabSize);
    }

    private static ModelDescription Heads(int keyHeads)
    {
        var graph = new ModelGraphBuilder()
            .Add("tokens", "Input", GraphShape.Indices).With("value", "tokens")
            .Add("wte", "Parameter", GraphShape.Matrix(3, 12)).With("parameter", "wte")
            .Add("x", "Embed", GraphShape.Rows(12), "wte", "tokens")
            .Add("q", "Regroup", GraphShape.Rows((4, 3)), "x")
            .Add("half", "Slice", GraphShape.Rows(6), "x").With("from", 2).With("to", 8)
            .Add("few", "Regroup", GraphShape.Rows((2, 3)), "half")
            .Add("twice", "Concat", GraphShape.Rows((2, 6)), "few", "few")
            .Add("k", "Regroup", GraphShape.Rows((4, 3)), "twice")
            .Add("y", "Attention", GraphShape.Rows((4, 3)), keyHeads == 2 ? ["q", "few", "few"] : ["q", "k", "k"])
            .With("heads", 4).With("key heads", keyHeads).With("scale", 0.7)
            .Add("flat", "Regroup", GraphShape.Rows(12), "y")
            .Build("flat");
        return TestSpecs.CompiledModels.All[0].Description with
        {
            VocabSize = 12,
            Parameters = [new ParameterInfo("wte", 3, 12, 0)],
            Graphs = new ModelGraphs(() => graph, () => graph),
        };
    }

    private static void AssertClose(IReadOnlyList<double> expected, IReadOnlyList<float> actual, string what)
    {
        Assert.Equal(expected.Count, actual.Count);
        double scale = Math.Max(1, expected.Max(Math.Abs));
        double worst = expected.Zip(actual, (one, other) => Math.Abs(one - other)).Max();
        Assert.True(worst <= Tolerance * scale, $"{what}: a logit differs by {worst:0.0e+0}, the largest is {scale:0.##}");
    }

    private static void Save(string folder, OnnxCase @case)
    {
        File.WriteAllBytes(Path.Combine(folder, @case.Model.Name + ".onnx"), @case.File);
        File.WriteAllText(Path.Combine(folder, @case.Model.Name + ".json"), JsonSerializer.Serialize(
            @case.Documents.Select(d => new { tokens = d.Tokens, logits = d.Logits })));
    }
}
