using MicroGpt.Runner.Logs;
using MicroGpt.Runner.Training;

namespace MicroGpt.Runner.Checkpoints;

/// <summary>Saves a run every so many steps, the best one whenever the held-out loss is better than ever.</summary>
/// <param name="folder">Where to.</param>
/// <param name="session">The run.</param>
/// <param name="settings">How often, and how many numbered ones to keep.</param>
/// <param name="samples">What the run prints at its end.</param>
/// <param name="messages">Is told of each checkpoint.</param>
/// <param name="replaces">Whether the folder holds an earlier run's checkpoints, which go once the first of this run is there.</param>
public sealed class CheckpointSaver(
    CheckpointFolder folder, TrainingSession session, SaveSettings settings, SampleRecord samples, TextWriter messages,
    bool replaces) : ITrainingObserver
{
    private readonly int every = settings.Every ?? Math.Max(1, session.Settings.Steps / 10);
    private bool replaces = replaces;

    /// <summary>The log of the run, which is on the disk before a checkpoint that it is to agree with; null for none.</summary>
    public LossLog? Log { get; init; }

    /// <summary>The step of the latest checkpoint; null where there is none yet.</summary>
    public int? SavedStep { get; private set; }

    /// <summary>The latest checkpoint.</summary>
    public string Latest => CheckpointFolder.Latest(folder.Path);

    /// <summary>Goes on after a checkpoint that is there already.</summary>
    public void Continue(int step) => SavedStep = step;

    /// <inheritdoc/>
    /// <exception cref="RunnerException">
    /// A checkpoint cannot be written, for example because the disk is full; the one before is as it was.
    /// </exception>
    public void OnStep(in TrainingStep step)
    {
        if (step.Step % every == 0 || step.Step == session.Settings.Steps)
        {
            Save();
        }

        if (step.HeldOutLoss is not null && session.Validation is { IsBest: true })
        {
            if (replaces)
            {
                Save();
            }

            Write(CheckpointFolder.Best(folder.Path));
        }
    }

    /// <summary>Saves the run where it is, unless that has been done.</summary>
    /// <exception cref="RunnerException">As for <see cref="OnStep"/>.</exception>
    public void Save()
    {
        if (SavedStep == session.CompletedSteps)
        {
            return;
        }

        Log?.FlushToDisk();
        Write(Latest);
        SavedStep = session.CompletedSteps;
        if (replaces)
        {
            folder.DeleteOthers();
            replaces = false;
        }

        if (settings.Keep > 0)
        {
            Write(folder.Numbered(session.CompletedSteps));
            folder.DeleteNumbered(settings.Keep);
        }

        messages.WriteLine(FormattableString.Invariant($"saved {Latest} at step {session.CompletedSteps:N0}"));
    }

    /// <summary>What another rank does while rank 0 writes: it hands over its part of the optimizer's state.</summary>
    private void HandOver()
    {
        foreach (string name in session.Optimizer?.StateNames ?? [])
        {
            session.Optimizer!.HandOverState(name);
        }
    }

    private void Write(string path)
    {
        if (session.Ranks.Rank > 0)
        {
            HandOver();
            return;
        }

        try
        {
            CheckpointFile.Write(path, session, settings, samples);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            string kept = SavedStep is int step ? FormattableString.Invariant($" {Latest} holds step {step:N0}.") : "";
            throw RunnerException.Failure($"--save: {path} cannot be written: {e.Message}{kept}", e);
        }
    }
}
