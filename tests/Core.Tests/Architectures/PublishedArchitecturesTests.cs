using MicroGpt.Runner.Randomness;
using MicroGpt.Runner.Training;

namespace MicroGpt.Core.Tests.Architectures;

/// <summary>Architectures as others know them, run eagerly.</summary>
public class PublishedArchitecturesTests
{
    // The number of given names in the course's file: shuffling them comes before the parameters in its random stream.
    private const int CourseDocuments = 32_033;

    /// <summary>
    /// The losses that PyTorch has in double on the course's first documents, SGD with a learning rate of 0.05 falling to 0 over 300 steps.
    /// </summary>
    [Fact]
    public void Losses_are_those_of_PyTorch()
    {
        string[] documents = ["yuheng", "diondre", "xavien", "jori", "juanluis"];
        Train(
            new EagerModel(() => new TinyGpt2(32, 4, 2).Forward, 27, 16),
            documents,
            [3.3706338420623427, 3.1793969958217048, 3.309610352691582, 3.443423450205681, 3.2877826184871255]);
        Train(
            new EagerModel(() => new TinyLlama(32, 4, 2, 96, 2).Forward, 27, 16),
            documents,
            [3.2103556317416135, 3.3411375359812006, 3.3652133422403123, 3.028593965099641, 3.1614226992226917]);
    }

    private static void Train(EagerModel model, string[] documents, double[] losses)
    {
        var random = new RandomStream(42);
        random.Shuffle(new int[CourseDocuments].AsSpan());
        double[] parameters = ParameterInitializer.Draw(model.Parameters, 0.08, random), gradient = new double[parameters.Length];
        for (int step = 0; step < documents.Length; step++)
        {
            model.LoadParameters(parameters);
            double loss = model.Gradient(Packed.Word(documents[step]).Batch, gradient);
            Assert.True(Math.Abs(loss - losses[step]) < 1e-13, $"step {step}: {loss:R}, expected {losses[step]:R}");
            double rate = 0.05 * (1 - (step / 300.0));
            for (int i = 0; i < parameters.Length; i++)
            {
                parameters[i] -= rate * gradient[i];
            }
        }
    }

    [Fact]
    public void Gradients_are_those_of_the_losses()
    {
        Check(new EagerModel(() => new TinyGpt2(6, 3, 1).Forward, 27, 16));
        Check(new EagerModel(() => new TinyLlama(12, 3, 1, 5, 2).Forward, 27, 16));

        static void Check(EagerModel model)
        {
            var random = new Random(3);
            Packed documents = Packed.Random(random, 27, 3, 1, 7);
            Differences.Check(model, documents, Differences.Numbers(random, model.ParameterCount, 0.4), 3e-9);
        }
    }
}
