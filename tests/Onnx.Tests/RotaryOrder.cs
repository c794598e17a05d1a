using MicroGpt.Runner.Data;
using MicroGpt.Runner.Export.Styles;
using MicroGpt.Runner.Export.Weights;
using Xunit;
using static MicroGpt.Functions;

namespace MicroGpt.Onnx.Tests;

/// <summary>A small Llama whose rotary pairs are neighbours or halves.</summary>
public abstract class SmallLlama(bool interleaved)
{
    private readonly Parameter table = Matrix(9, 16), norm = Vector(16, 1), n1 = Vector(16, 1), n2 = Vector(16, 1);
    private readonly Parameter wq = Matrix(32, 16),
        wk = Matrix(16, 16), wv = Matrix(16, 16), wo = Matrix(16, 32), up = Matrix(24, 16), gate = Matrix(24, 16), down = Matrix(16, 24);

    public Tensor Forward(Tokens tokens)
    {
        Tensor x = table[tokens], n = RmsNorm(x, n1);
        Tensor q = Rope(Linear(n, wq), tokens, 4, interleaved: interleaved), k = Rope(Linear(n, wk), tokens, 2, interleaved: interleaved);
        x = Linear(Attention(q, k, Linear(n, wv), tokens, 4, 2), wo) + x;
        Tensor m = RmsNorm(x, n2);
        return Linear(RmsNorm(x + Linear(Linear(m, up) * Silu(Linear(m, gate)), down), norm), table);
    }
}

[Model(VocabSize = 9, BlockSize = 30)]
public sealed partial class Neighbours() : SmallLlama(interleaved: true);

[Model(VocabSize = 9, BlockSize = 30)]
public sealed partial class Halves() : SmallLlama(interleaved: false);

/// <summary>A file in the style of Llama means the same to a model of either order of pairs.</summary>
public sealed class RotaryOrderTests
{
    [Fact]
    public void NeighboursBecomeHalvesAndBack()
    {
        ModelEntry neighbours = OnnxCase.Models.Single(entry => entry.Name == "Neighbours"),
            halves = OnnxCase.Models.Single(entry => entry.Name == "Halves");
        double[] parameters = [.. neighbours.Description.Parameters.SelectMany(
            (p, i) => Enumerable.Range(0, p.Count).Select(k => (double)(float)(p.Mean + (0.3 * Math.Sin((i * 1000) + k)))))];
        double[] turned = Through(neighbours, halves, parameters);
        Assert.NotEqual(parameters, turned);
        double[] expected = Logits(neighbours, parameters), actual = Logits(halves, turned);
        Assert.True(expected.Zip(actual, (one, other) => Math.Abs(one - other)).Max() < 1e-5);
        Assert.True(expected.Zip(Logits(halves, parameters), (one, other) => Math.Abs(one - other)).Max() > 1e-3);
        Assert.Equal(parameters, Through(halves, neighbours, turned));
    }

    private static double[] Through(ModelEntry from, ModelEntry to, double[] parameters)
    {
        string path = Path.GetTempFileName();
        try
        {
            using (FileStream stream = File.Create(path))
            {
                WeightFile.Write(
                    stream, from.Description, ModelStyle.Llama.Read(from.Description).Places, parameters,
                    new ByteTokenizer { HasBos = true });
            }

            using WeightFile file = WeightFile.Open(path, "--init");
            return file.Read(to.Description, ModelStyle.Llama.Read(to.Description).Places);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static double[] Logits(ModelEntry entry, double[] parameters)
    {
        using ICompiledModel model = entry.Create(0);
        model.LoadParameters(parameters);
        double[] logits = new double[30 * 9];
        for (int position = 0; position < 30; position++)
        {
            model.Decode(position * 5 % 9, position, logits.AsSpan(position * 9, 9));
        }

        return logits;
    }
}
