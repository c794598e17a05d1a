using MicroGpt.Runner.Training;

namespace MicroGpt.Runner.Checkpoints;

/// <summary>Between a training session and what a checkpoint says of it.</summary>
internal static class SessionRecord
{
    /// <summary>The record of a session between two steps.</summary>
    public static RunRecord Of(TrainingSession session, SaveSettings save, SampleRecord samples) => new()
    {
        Spec = SpecRecord.Of(session.Model.Description),
        Data = new DataRecord(session.Corpus.Settings, session.Corpus.Source, session.Corpus.Hash),
        Tokenizer = session.Tokenizer.Description,
        Settings = session.Settings with { LearningRate = session.InitialLearningRate },
        Save = save,
        Samples = samples,
        Step = session.CompletedSteps,
        OptimizerSteps = session.Optimizer?.Steps ?? StateOf(session.Model).Updates,
        Item = session.Batches.Item,
        Random = session.Random.Save(),
        Windows = session.Batches.Windows?.Save(),
        Losses = session.Losses.Save(),
        Validation = session.Validation?.State,
        VectorBits = session.Model.VectorBits,
    };

    /// <summary>Puts a session, made with the settings of a checkpoint, where the checkpoint was written.</summary>
    /// <exception cref="RunnerException">The checkpoint contradicts itself.</exception>
    public static void Restore(TrainingSession session, CheckpointFile checkpoint)
    {
        RunRecord run = checkpoint.Run;
        ModelDescription model = session.Model.Description;
        IModelState state = StateOf(session.Model);
        try
        {
            session.Model.LoadParameters(checkpoint.ReadParameter);
            IReadOnlyList<string> names = session.Optimizer?.StateNames ?? state.StateNames;
            Require(names.SequenceEqual(checkpoint.StateNames), "its state is of another optimizer");
            foreach (string name in names)
            {
                state.LoadState(session.Optimizer, name, checkpoint.StateReader(name));
            }

            if (session.Optimizer is GradientOptimizer optimizer)
            {
                optimizer.Resume(run.OptimizerSteps);
            }
            else
            {
                state.Updates = run.OptimizerSteps;
            }

            session.ResumeAfter(run.Step);
            Require(session.Batches.Item == run.Item, "its place in the data is not that of its step");
            Require(IsSame(session.Batches.Windows?.Save(), run.Windows), "its random stream of windows is not that of its step");
            session.Random.Restore(run.Random);
            session.Losses.Restore(run.Losses);
            if (session.Validation is not null)
            {
                session.Validation.State = run.Validation ?? throw new ArgumentException("its record of the held-out losses is missing");
            }
        }
        catch (ArgumentException e)
        {
            throw RunnerException.Usage($"--resume: {checkpoint.Path} contradicts itself: {e.Message}", e);
        }
    }

    /// <summary>The part of the contract that checkpoints need.</summary>
    /// <exception cref="RunnerException">The model does not have it.</exception>
    public static IModelState StateOf(ICompiledModel model) => model as IModelState
        ?? throw RunnerException.Usage(
            $"{model.Description.Name} cannot be saved: it does not give out the state of its update (IModelState).");

    private static bool IsSame(Randomness.RandomStreamState? one, Randomness.RandomStreamState? other) =>
        one is null || other is null
            ? one is null && other is null : one.Index == other.Index && one.Words.AsSpan().SequenceEqual(other.Words);

    private static void Require(bool condition, string problem)
    {
        if (!condition)
        {
            throw new ArgumentException(problem);
        }
    }
}
