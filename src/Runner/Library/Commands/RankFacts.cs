using System.Text.Json;
using MicroGpt.Numerics;
using MicroGpt.Runner.Benchmark;
using MicroGpt.Runner.Checkpoints;
using MicroGpt.Runner.Data;
using MicroGpt.Runner.Distribution;
using MicroGpt.Runner.Training;

namespace MicroGpt.Runner.Commands;

/// <summary>What must be the same on all ranks, or they would not compute one run.</summary>
internal static class RankFacts
{
    /// <summary>That of a rank which prints the help or the version, and computes nothing.</summary>
    public static string OfHelp => Command("help or version");

    /// <summary>That of a run before its first step.</summary>
    public static string Of(TrainingSession session)
    {
        JsonElement told = JsonSerializer.SerializeToElement(session.Settings with { Threads = 1 }, RunRecordJson.Default.TrainingSettings);
        return string.Join(
            '\n',
            [
                Command("train"),
                Of(session.Corpus, session.Model),
                Invariant($"the step\t{session.CompletedSteps}"),
                .. told.EnumerateObject().Select(setting => $"the setting {setting.Name}\t{setting.Value.GetRawText()}"),
            ]);
    }

    /// <summary>That of an evaluation.</summary>
    public static string Of(CheckpointFile file, Corpus corpus, ICompiledModel model) =>
        string.Join('\n', Command("evaluate"), Of(corpus, model), Invariant($"the step\t{file.Run.Step}"));

    /// <summary>That of a plan.</summary>
    public static string Of(ModelDescription model) => string.Join(
        '\n',
        Command("plan"),
        "the model\t" + SpecRecord.Of(model).Forward,
        Invariant($"the width of vectors\t{VectorSupport.PreferredBits} bits"));

    /// <summary>That of a measurement.</summary>
    public static string Of(IEnumerable<BenchmarkCase> cases, int shards, BenchmarkSettings settings)
    {
        string measured = string.Join("; ", cases.Select(@case => Invariant(
            $"{@case.Model.Name} {SpecRecord.Of(@case.Model.Description).Forward[..8]}, batch {@case.BatchSize}, {@case.Rule}")));
        return string.Join(
            '\n',
            Command("bench"),
            Invariant($"the width of vectors\t{VectorSupport.PreferredBits} bits"),
            Invariant($"what is measured\t{shards} shards, {settings.Rounds} rounds of {measured}"));
    }

    /// <summary>Refuses standard input where there are several ranks.</summary>
    /// <exception cref="RunnerException">It is to be read.</exception>
    public static void CheckInput(Job job, string? path)
    {
        if (job.Size > 1 && path == DataSettings.StandardInput)
        {
            throw RunnerException.Usage("--data: a launcher gives standard input to rank 0 alone; give a file that all ranks can read.");
        }
    }

    /// <summary>Says that a batch is too small for the ranks.</summary>
    /// <param name="console">Where to say it.</param>
    /// <param name="items">Items of a batch.</param>
    public static void WarnOfIdle(RunnerConsole console, int items)
    {
        if (console.Job.Size > items)
        {
            console.Error.WriteLine(Invariant(
                $"warning: a batch of {items} has work for {items} of {console.Job.Size} ranks; give a larger --batch, or start fewer."));
        }
    }

    /// <summary>What a rank was started for, which comes first: without it two commands would differ in anything.</summary>
    public static string Command(string name) => "the command\t" + name;

    private static string Of(Corpus corpus, ICompiledModel model) => string.Join(
        '\n',
        "the model\t" + SpecRecord.Of(model.Description).Forward,
        Invariant($"the width of vectors\t{model.VectorBits} bits"),
        "the SHA-256 of the text\t" + corpus.Hash);

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
