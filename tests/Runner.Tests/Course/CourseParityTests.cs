using MicroGpt.Course;
using MicroGpt.Reference;
using MicroGpt.Runner.Batches;
using MicroGpt.Runner.Comparison;
using MicroGpt.Runner.Data;
using MicroGpt.Runner.Training;
using Xunit;
using CountingModel = MicroGpt.Course.CountingModel;
using CountingReference = MicroGpt.Reference.CountingModel;

namespace MicroGpt.Runner.Tests.Course;

/// <summary>The course's first and last step on the built-in names, beside references of our own.</summary>
public class CourseParityTests
{
    [Fact]
    public void CountingMeasuresTheReferencesLosses()
    {
        Corpus names = Corpus.BuiltInNames();
        using var session = new TrainingSession(CountingModel.For(names), names, new TrainingSettings());
        var reference = new CountingReference(session.Model.Description.VocabSize);
        IBatchSource documents = BatchSource.For(session.Split, session.Settings.Seed, 1, null);
        Assert.Equal(27, session.Model.Description.VocabSize);
        for (int step = 0; step < session.Settings.Steps; step++)
        {
            Assert.Equal(reference.TrainStep(documents.Next()), session.Step().Loss, 1e-12);
        }

        double[] logits = new double[27];
        int bos = session.Tokenizer.Bos!.Value;
        session.Model.Decode(bos, 0, logits);
        Assert.Equal(1.0, logits.Sum(Math.Exp), 1e-12);
        Assert.Equal(reference.Probability(bos, 0), Math.Exp(logits[0]), 1e-12);
    }

    [Fact]
    public void AdamGivesTheReferencesLossesAndNames()
    {
        ModelEntry compiled = ProgramModels.All.Single(model => model.Name == "Step5");
        var reference = new ModelEntry(compiled.Description, _ => ReferenceModel.Like(compiled.Description));
        Corpus names = Corpus.BuiltInNames();
        using var actual = new TrainingSession(compiled, names, new TrainingSettings());
        using var expected = new TrainingSession(reference, names, new TrainingSettings());
        for (int step = 0; step < actual.Settings.Steps; step++)
        {
            Assert.Equal(expected.Step().Loss, actual.Step().Loss, 1e-12);
        }

        Assert.Equal(Samples(expected), Samples(actual));
    }

    [Fact]
    public void EveryStepNamesACompiledModelThatFitsItsWords()
    {
        foreach (CourseStep step in CourseSteps.All.Where(step => step.ModelName is not null))
        {
            ModelDescription model = ProgramModels.All.Single(entry => entry.Name == step.ModelName).Description;
            Assert.Equal(LearningRate.DefaultFor(model), step.LearningRate);
            Assert.Equal(step.Optimizer == "Adam" ? Optimizer.Adam : Optimizer.Sgd, model.Optimizer);
            Assert.Equal(step.Architecture == "GPT", model.NHead > 0);
            Assert.Equal(Precision.Double, model.Precision);
        }
    }

    private static string[] Samples(TrainingSession session)
    {
        var sampler = new Sampler(session.Model, session.Tokenizer, session.Random);
        return [.. Enumerable.Range(0, 20).Select(_ => sampler.Sample(temperature: 0.5))];
    }
}
