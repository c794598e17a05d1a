using MicroGpt.Reference;
using MicroGpt.Runner.Data;
using MicroGpt.Runner.Training;
using Xunit;

namespace MicroGpt.Runner.Tests;

/// <summary>
/// Whole runs on the built-in names, each compiled model beside the reference of the same shape: the same data, the same
/// random stream, the same schedule. Every loss agrees and the models invent the same names.
/// </summary>
public class ParityTests
{
    [Theory]
    [InlineData("Step2")]
    [InlineData("Step3")]
    [InlineData("Step4")]
    public void InDoubleEveryLossAndEveryNameIsTheReferences(string name) => Compare(name, steps: 1000, tolerance: 1e-12, samples: 20);

    [Fact]
    public void InSingleTheFirstLossesAreTheReferences() => Compare("NamesGpt", steps: 50, tolerance: 1e-5, samples: 0);

    private static void Compare(string name, int steps, double tolerance, int samples)
    {
        ModelEntry compiled = ProgramModels.All.Single(model => model.Name == name);
        var reference = new ModelEntry(compiled.Description, _ => ReferenceModel.Like(compiled.Description));
        Corpus names = Corpus.BuiltInNames();
        var settings = new TrainingSettings { Steps = steps };
        using var actual = new TrainingSession(compiled, names, settings);
        using var expected = new TrainingSession(reference, names, settings);
        for (int step = 1; step <= steps; step++)
        {
            TrainingStep wanted = expected.Step();
            TrainingStep got = actual.Step();
            double difference = Math.Abs(got.Loss - wanted.Loss);
            Assert.True(difference <= tolerance, FormattableString.Invariant($"step {step}: {got.Loss:R} instead of {wanted.Loss:R}"));
            Assert.Equal(wanted with { Loss = got.Loss }, got);
        }

        Assert.Equal(Samples(expected, samples), Samples(actual, samples));
    }

    private static string[] Samples(TrainingSession session, int count)
    {
        var sampler = new Sampler(session.Model, session.Tokenizer, session.Random);
        return [.. Enumerable.Range(0, count).Select(_ => sampler.Sample(temperature: 0.5))];
    }
}
