using System.CommandLine;
using MicroGpt.Runner.Comparison;
using MicroGpt.Runner.Files;
using MicroGpt.Runner.Messages;
using MicroGpt.Runner.Report;
using MicroGpt.Runner.Training;

namespace MicroGpt.Runner.Commands;

/// <summary>The options of the commands that write a report, and the page of a single run.</summary>
internal static class ReportOption
{
    /// <summary>The file to write the page to.</summary>
    public static Option<string?> Create() => new("--report")
    {
        Description = "File for a page with the loss curves, the figures and a look inside the models (HTML, opens without a network).",
        HelpName = "file",
    };

    /// <summary>The documents to look at.</summary>
    public static Option<string[]> Inspect() => new("--inspect")
    {
        Description = "A document whose next-token probabilities and attention the report shows; repeatable. [default: "
            + "the first five after those trained on]",
        HelpName = "text",
    };

    /// <summary>Finds out before training whether a result can be written.</summary>
    /// <exception cref="RunnerException">It cannot.</exception>
    public static void CheckWritable(string option, string path) => AtomicFile.CheckWritable(option, path);

    /// <summary>Documents to look at need a report to stand in.</summary>
    /// <param name="inspect">The documents that were asked for, where there is no report.</param>
    /// <exception cref="RunnerException">There are some.</exception>
    public static void CheckInspect(IReadOnlyList<string> inspect)
    {
        if (inspect.Count > 0)
        {
            throw RunnerException.Usage($"--inspect: '{inspect[0]}' would be shown on a report; give --report FILE.html, too.");
        }
    }

    /// <summary>Whether two paths name one file.</summary>
    public static bool SameFile(string first, string second) => FileIdentity.AreSame(first, second);

    /// <summary>How samples were drawn.</summary>
    public static string SamplesNote(double temperature, long seed) =>
        FormattableString.Invariant($"Temperature {temperature}, seed {seed}.");

    /// <summary>Writes the page of one run.</summary>
    /// <param name="path">The file.</param>
    /// <param name="plan">What was trained.</param>
    /// <param name="session">The finished session.</param>
    /// <param name="recorder">Its steps.</param>
    /// <param name="samples">Documents that it invented.</param>
    /// <param name="temperature">The temperature that they were drawn at.</param>
    /// <param name="inspect">Documents to look at.</param>
    public static void WriteSingle(
        string path, RunPlan plan, TrainingSession session, RunRecorder recorder, IReadOnlyList<string> samples, double temperature,
        IReadOnlyList<string> inspect)
    {
        FinishedRun run =
            FinishedRun.Of(plan, session, recorder, samples, SamplesNote(temperature, session.Settings.Seed), inspect, check: null);
        string subtitle = FormattableString.Invariant(
            $"{plan.Architecture}, {plan.Optimizer}, learning rate {session.InitialLearningRate}: ")
                + $"{Counted.Of(session.CompletedSteps, "step")}. The loss is in nats a token, measured before each update.";
        ReportWriter.Write(path, ComparisonReport.Of($"MicroGpt: {plan.Name}", subtitle, [run], session));
    }
}
