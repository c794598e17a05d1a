using System.Text.RegularExpressions;
using MicroGpt.Course;
using MicroGpt.Runner.Comparison;
using MicroGpt.Runner.Tests.Models;

namespace MicroGpt.Runner.Tests;

/// <summary>Runs the command line in this process and keeps what it wrote.</summary>
internal sealed record CommandLine(int ExitCode, string Out, string Error)
{
    public static readonly IReadOnlyList<ModelEntry> Models =
    [
        BigramModel.Entry("NamesGpt"),
        BigramModel.Entry("Wide", vocabSize: 100, blockSize: 8),
        BigramModel.Entry("Step2", blockSize: null, architecture: "MLP"),
        BigramModel.Entry("Step5", optimizer: Optimizer.Adam),
    ];

    public static CommandLine Run(params string[] args) => Run(Models, isTerminal: false, args);

    public static CommandLine Run(IReadOnlyList<ModelEntry> models, bool isTerminal, params string[] args) =>
        Run(models, CourseSteps.All, isTerminal, args);

    /// <summary>A program that brings models along and no course.</summary>
    public static CommandLine WithoutCourse(params string[] args) => Run(ProgramModels.All, [], isTerminal: false, args);

    private static CommandLine Run(
        IReadOnlyList<ModelEntry> models, IReadOnlyList<CourseStep> course, bool isTerminal, params string[] args)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        int exitCode = RunnerApp.Run(args, models, new RunnerConsole(output, error, isTerminal), course);
        return new CommandLine(exitCode, output.ToString(), error.ToString());
    }

    /// <summary>The same without the escape sequences that a terminal may be sent, depending on the environment of the tests.</summary>
    public CommandLine WithoutColours() => this with { Out = Regex.Replace(Out, @"\x1b\[[0-9;?]*[A-Za-z]", "") };
}
