using MicroGpt.Runner;
using MicroGpt.Runner.Data;
using MicroGpt.Runner.Export.Onnx;

namespace MicroGpt.Onnx.Tests;

/// <summary>A model with random parameters, its file, and documents with the logits that the compiled model gives.</summary>
internal sealed record OnnxCase(ModelDescription Model, byte[] File, IReadOnlyList<(int[] Tokens, double[] Logits)> Documents)
{
    private const int LongestWithoutLimit = 45;

    /// <summary>Every compiled model there is.</summary>
    public static IReadOnlyList<ModelEntry> Models { get; } =
    [
        .. ProgramModels.All, .. TestSpecs.CompiledModels.All, .. CompiledModels.All,
    ];

    /// <summary>Makes a case.</summary>
    /// <param name="entry">The model.</param>
    /// <param name="longest">Tokens of the longest document; the block size, or some, unless given.</param>
    public static OnnxCase Of(ModelEntry entry, int? longest = null)
    {
        ModelDescription description = entry.Description;
        var random = new Random(7);
        double[] parameters = [.. description.Parameters.SelectMany(parameter => Enumerable.Range(0, parameter.Count).Select(
            _ => (double)(float)(parameter.Mean + (0.2 * Normal(random)))))];
        using ICompiledModel model = entry.Create(0);
        model.LoadParameters(parameters);
        int most = longest ?? description.BlockSize ?? LongestWithoutLimit;
        int[] lengths = [1, Math.Min(2, most), most, 1 + random.Next(most), 1 + random.Next(most)];
        using var file = new MemoryStream();
        OnnxFile.Create(description, parameters, new ByteTokenizer { HasBos = true }).WriteTo(file);
        return new OnnxCase(description, file.ToArray(), [.. lengths.Select(length => Document(model, random, length))]);
    }

    private static (int[] Tokens, double[] Logits) Document(ICompiledModel model, Random random, int length)
    {
        int vocabulary = model.Description.VocabSize;
        int[] tokens = [.. Enumerable.Range(0, length).Select(_ => random.Next(vocabulary))];
        double[] logits = new double[length * vocabulary];
        for (int position = 0; position < length; position++)
        {
            model.Decode(tokens[position], position, logits.AsSpan(position * vocabulary, vocabulary));
        }

        return (tokens, logits);
    }

    // Box and Muller's formula.
    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
