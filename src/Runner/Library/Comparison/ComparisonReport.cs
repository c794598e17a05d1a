using MicroGpt.Runner.Logs;
using MicroGpt.Runner.Report;
using MicroGpt.Runner.Training;

namespace MicroGpt.Runner.Comparison;

/// <summary>Puts finished runs on a page.</summary>
internal static class ComparisonReport
{
    // More points than this make a page heavier than two megabytes without a curve looking any different.
    private const int MostPoints = 60_000;

    /// <summary>The page's data.</summary>
    /// <param name="title">Heading of the page.</param>
    /// <param name="subtitle">A sentence below it.</param>
    /// <param name="runs">The runs, in the order to list them.</param>
    /// <param name="session">One of their sessions, for the data and the settings; null where all runs came from logs.</param>
    public static ReportData Of(string title, string subtitle, IReadOnlyList<FinishedRun> runs, TrainingSession? session)
    {
        FinishedRun[] withSteps = [.. runs.Where(run => run.Steps.Count > 0)];
        int points = withSteps.Sum(run => run.Steps.Count);
        int group = Math.Max(1, (points + MostPoints - 1) / MostPoints);
        return new ReportData(title)
        {
            Subtitle = subtitle,
            Facts = session is null ? [] : Facts(session, runs, group),
            Series = [.. withSteps.Select(run => Series(run, Array.IndexOf([.. runs], run), group))],
            Documents = group == 1 ? SharedDocuments(withSteps) : null,
            Baselines = session is null ? [] : BaselinesOf(session).Lines,
            Comparison = [.. runs.Select((run, role) => Rounded(run.Row) with { ColourRole = role })],
            Models = [.. Playground.Fit(
                runs.Select((run, role) => run.Model is { } model ? model with { ColourRole = role } : null).OfType<ModelReport>())],
        };
    }

    /// <summary>Baselines over all documents of a session.</summary>
    public static Baselines BaselinesOf(TrainingSession session) => Baselines.Of(session.Corpus);

    private static ReportFact[] Facts(TrainingSession session, IReadOnlyList<FinishedRun> runs, int group)
    {
        var facts = new List<ReportFact>
        {
            new("data", Path.GetFileName(session.Corpus.Source)),
            new("documents", Invariant($"{session.Corpus.Count:N0}")),
            new("characters", Invariant($"{session.Corpus.CharacterCount:N0}")),
            new("tokens", Invariant($"{session.Tokenizer.Count:N0}")),
            new("steps", Invariant($"{session.Settings.Steps:N0}")),
            new("seed", Invariant($"{session.Settings.Seed}")),
        };
        if (runs.Select(run => run.HeldOut).OfType<HeldOut>().FirstOrDefault() is { } heldOut)
        {
            facts.Add(new("held out", heldOut.Scope));
        }

        if (group > 1)
        {
            facts.Add(new("a point of the chart", Invariant($"the mean of {group} steps")));
        }

        return [.. facts];
    }

    // To the digits that the page shows: its data has a few more, and what is rounded twice may come out one higher.
    private static ComparisonRow Rounded(ComparisonRow row) => row with
    {
        FirstLoss = Round(row.FirstLoss, 4),
        MeanOfLast100 = Round(row.MeanOfLast100, 4),
        HeldOutNats = Round(row.HeldOutNats, 4),
        BitsPerCharacter = Round(row.BitsPerCharacter, 3),
        Perplexity = Round(row.Perplexity, 2),
    };

    private static double? Round(double? value, int digits) => value is double number ? Math.Round(number, digits) : null;

    private static LossSeries Series(FinishedRun run, int role, int group)
    {
        LossLogEntry[][] points = [.. run.Steps.Chunk(group)];
        HeldOutPoint[] heldOut = LossSeries.HeldOutOf(run.Steps);
        return new LossSeries(
            run.Name, role, [.. points.Select(point => point[^1].Step)], [.. points.Select(point => point.Average(step => step.Loss))])
        {
            HeldOut = heldOut.Length == 0 ? null : heldOut,
            LearningRates = run.Steps.All(step => step.LearningRate is null)
                ? null
                : [.. points.Select(point => point[^1].LearningRate ?? double.NaN)],
        };
    }

    /// <summary>The documents of the longest run, where every other run begins with the same ones.</summary>
    private static IReadOnlyList<string>? SharedDocuments(FinishedRun[] runs)
    {
        if (runs.Length == 0)
        {
            return null;
        }

        IReadOnlyList<LossLogEntry> longest = runs.MaxBy(run => run.Steps.Count)!.Steps;
        bool shared = runs.All(
            run => run.Steps.Zip(longest).All(pair => pair.First.Step == pair.Second.Step && pair.First.Document == pair.Second.Document));
        return shared ? [.. longest.Select(step => step.Document)] : null;
    }

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
