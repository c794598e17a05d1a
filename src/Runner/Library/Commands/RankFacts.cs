using System.Text.Json;
using MicroGpt.Runner.Checkpoints;
using MicroGpt.Runner.Data;
using MicroGpt.Runner.Distribution;
using MicroGpt.Runner.Training;

namespace MicroGpt.Runner.Commands;

/// <summary>What must be the same on all ranks, or they would not compute one run.</summary>
internal static class RankFacts
{
    /// <summary>That of a run before its first step.</summary>
    public static string Of(TrainingSession session)
    {
        string told = JsonSerializer.Serialize(session.Settings with { Threads = 1 }, RunRecordJson.Default.TrainingSettings);
        return string.Join(
            '\n', Of(session.Corpus, session.Model), Invariant($"the step\t{session.CompletedSteps}"), "what the run was told\t" + told);
    }

    /// <summary>That of an evaluation.</summary>
    public static string Of(CheckpointFile file, Corpus corpus, ICompiledModel model) =>
        string.Join('\n', Of(corpus, model), Invariant($"the step\t{file.Run.Step}"));

    /// <summary>Refuses standard input where there are several ranks.</summary>
    /// <exception cref="RunnerException">It is to be read.</exception>
    public static void CheckInput(Job job, string? path)
    {
        if (job.Size > 1 && path == DataSettings.StandardInput)
        {
            throw RunnerException.Usage("--data: a launcher gives standard input to rank 0 alone; give a file that all ranks can read.");
        }
    }

    private static string Of(Corpus corpus, ICompiledModel model) => string.Join(
        '\n',
        "the model\t" + SpecRecord.Of(model.Description).Forward,
        Invariant($"the width of vectors\t{model.VectorBits} bits"),
        "the SHA-256 of the text\t" + corpus.Hash);

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
