using System.CommandLine;
using MicroGpt.Runner.Comparison;
using MicroGpt.Runner.Training;

namespace MicroGpt.Runner.Commands;

/// <summary><c>compare</c>: trains the steps of the course, and other models, and sets them side by side.</summary>
internal static class CompareCommand
{
    /// <summary>The word for no step of the course.</summary>
    public const string NoCourse = "none";

    public static Command Create(CommandContext context)
    {
        var defaults = new TrainingSettings();
        Option<string>? course = context.Course.Count == 0 ? null : CourseOption(context.Course);
        Option<string[]> models =
            Several("--models", "Compiled models to train besides, by name, separated by commas. 'models' lists them.", "names");
        Option<string[]> runs =
            Several("--runs", "Loss logs of earlier runs, as 'train --log' writes them, to show besides, separated by commas.", "files");
        Option<int> steps = NumberOption.Whole("--steps", "Training steps of each model.", 1, defaults.Steps);
        Option<int> batch = NumberOption.Whole("--batch", "Documents (of a stream, windows) a batch.", 1, defaults.BatchSize);
        Option<int?> shards = ShardsOption.Create();
        Option<long> seed = NumberOption.Seed("--seed", "Seed of the shuffle, the initial parameters and the samples.", defaults.Seed);
        Option<int> samples = NumberOption.Whole("--samples", "Documents that each model invents for the report.", 0, 20);
        Option<double> temperature =
            NumberOption.Positive("--temperature", "Below 1 the samples become more typical, above 1 more daring.", 0.5);
        Option<string?> report = ReportOption.Create();
        var csv = new Option<string?>("--csv") { Description = "File for the losses of all runs side by side.", HelpName = "file" };
        Option<string[]> inspect = ReportOption.Inspect();

        string what = course is null ? "models" : "the steps of the course";
        var command = new Command("compare", $"Trains {what} and sets them side by side, in a table and on a page.")
        {
            models, runs, steps, batch, shards, seed, samples, temperature, report, csv, inspect,
        };
        if (course is not null)
        {
            command.Options.Insert(0, course);
        }

        DataOptions data = DataOptions.AddTo(command);
        ValidationOptions validation = ValidationOptions.AddTo(command);
        command.SetAction(result => new CompareRun(context, new CompareArguments
        {
            Course = course is null ? NoCourse : result.GetValue(course)!,
            Models = [.. (result.GetValue(models) ?? [])
                .SelectMany(value => value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))],
            Runs = FilesOf(result.GetValue(runs) ?? []),
            Data = data.Settings(result),
            Settings = validation.Apply(result, new TrainingSettings
            {
                Steps = result.GetValue(steps),
                BatchSize = result.GetValue(batch),
                Shards = ShardsOption.Of(result, shards, context.Console.Job),
                Seed = result.GetValue(seed),
            }),
            Samples = result.GetValue(samples),
            Temperature = result.GetValue(temperature),
            Report = result.GetValue(report),
            Csv = result.GetValue(csv),
            Inspect = result.GetValue(inspect) ?? [],
        }).Run());
        return command;
    }

    private static Option<string> CourseOption(IReadOnlyList<CourseStep> course) => new("--course")
    {
        Description = $"The steps of the course to train, {course[0].Number} to {course[^1].Number}, separated by commas; "
            + $"'{NoCourse}' for none.",
        HelpName = "steps",
        DefaultValueFactory = _ => DefaultOf(course),
    };

    /// <summary>All steps but those that train what another one trains, only to check its gradient.</summary>
    public static string DefaultOf(IReadOnlyList<CourseStep> course) =>
        string.Join(',', course.Where(step => !step.ChecksGradient).Select(step => step.Number));

    private static Option<string[]> Several(string name, string description, string helpName) => new(name)
    {
        Description = description,
        HelpName = helpName,
        AllowMultipleArgumentsPerToken = true,
    };

    /// <summary>Names of files, separated by commas, too; a file whose name has a comma is taken as it is.</summary>
    private static string[] FilesOf(IEnumerable<string> values) =>
    [
        .. values.SelectMany(value => File.Exists(value) || !value.Contains(',', StringComparison.Ordinal)
            ? [value]
            : value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)),
    ];
}
