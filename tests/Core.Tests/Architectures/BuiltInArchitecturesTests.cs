using MicroGpt.Architectures;
using MicroGpt.Reference;

namespace MicroGpt.Core.Tests.Architectures;

/// <summary>The built-in architectures, run eagerly, against the scalar tape.</summary>
public class BuiltInArchitecturesTests
{
    [Theory]
    [InlineData(5, 3, 4, 1, 1, false)]
    [InlineData(7, 8, 6, 3, 2, false)]
    [InlineData(11, 8, 10, 2, 1, true)]
    [InlineData(7, 5, 15, 3, 2, true)]
    public void Gpt(int vocabSize, int blockSize, int nEmbd, int nHead, int nLayer, bool headLast)
    {
        ParameterOrder order = headLast ? ParameterOrder.HeadLast : ParameterOrder.HeadFirst;
        var network = new ReferenceGpt(vocabSize, blockSize, nEmbd, nHead, nLayer, order);
        var model = new EagerModel(() => new Gpt(vocabSize, blockSize, nEmbd, nHead, nLayer, headLast).Forward, vocabSize, blockSize);
        Compare(network, model, blockSize);
    }

    [Theory]
    [InlineData(5, 1)]
    [InlineData(27, 7)]
    public void Mlp(int vocabSize, int nEmbd) =>
        Compare(new ReferenceMlp(vocabSize, nEmbd), new EagerModel(() => new Mlp(vocabSize, nEmbd).Forward, vocabSize, 0), 9);

    private static void Compare(IReferenceNetwork network, EagerModel model, int longest)
    {
        using var reference = new ReferenceModel(network);
        IReadOnlyList<ParameterInfo> expected = reference.Description.Parameters;
        Assert.Equal(
            expected.Select(p => (p.Name, p.Rows, p.Columns, p.Offset)),
            model.Parameters.Select(p => (p.Name, p.Rows, p.Columns, p.Offset)));
        var random = new Random(longest);
        double[] parameters = Differences.Numbers(random, model.ParameterCount, 0.5);
        Packed documents = Packed.Random(random, reference.Description.VocabSize, 2, longest, 1);
        reference.LoadParameters(parameters);
        model.LoadParameters(parameters);
        double[] ofReference = new double[parameters.Length], ofModel = new double[parameters.Length];
        Assert.Equal(reference.Gradient(documents.Batch, ofReference), model.Gradient(documents.Batch, ofModel), 1e-13);
        for (int i = 0; i < parameters.Length; i++)
        {
            Assert.Equal(ofReference[i], ofModel[i], 1e-13);
        }
    }
}
