using System.CommandLine;
using MicroGpt.Runner.Logs;
using MicroGpt.Runner.Training;

namespace MicroGpt.Runner.Commands;

/// <summary>The options of the loss log.</summary>
internal sealed class LogOptions
{
    private readonly Option<string?> log = new("--log")
    {
        Description = "File for the loss of every step, "
            + $"as CSV ({LossLog.Header}), or as JSON lines with times and rates where its name ends in {LossLogSettings.JsonEnding}.",
        HelpName = "file",
    };

    private readonly Option<bool> gradientNorm = new(
        "--log-gradient-norm") { Description = "Log the norm of every step's gradient, too, before any clipping." };

    private LogOptions()
    {
    }

    /// <summary>Makes the options and adds them to a command.</summary>
    public static LogOptions AddTo(Command command)
    {
        var options = new LogOptions();
        command.Add(options.log);
        command.Add(options.gradientNorm);
        return options;
    }

    /// <summary>The log asked for; null for none.</summary>
    /// <param name="result">The command line.</param>
    /// <param name="overwrite">Whether a log that exists may be emptied.</param>
    /// <exception cref="RunnerException">There are options of a log without a log.</exception>
    public LossLogSettings? Log(ParseResult result, bool overwrite)
    {
        bool norm = result.GetValue(gradientNorm);
        if (result.GetValue(log) is string path)
        {
            return new LossLogSettings(path) { GradientNorm = norm, Overwrite = overwrite };
        }

        return norm ? throw RunnerException.Usage("--log-gradient-norm: there is no log to write it to; give --log FILE, too.") : null;
    }
}
