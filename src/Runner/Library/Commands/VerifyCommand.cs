using System.CommandLine;
using System.Globalization;
using MicroGpt.Runner.Logs;

namespace MicroGpt.Runner.Commands;

/// <summary><c>verify</c>: compares two loss logs.</summary>
internal static class VerifyCommand
{
    public static Command Create(CommandContext context)
    {
        var log = new Option<string>("--log")
        {
            Description = "The loss log to check, as 'train --log' writes it.", HelpName = "file", Required = true,
        };
        var against =
            new Option<string>("--against") { Description = "The loss log that it should agree with.", HelpName = "file", Required = true };
        Option<double?> tolerance = NumberOption.NotNegative("--tolerance", string.Create(
            CultureInfo.InvariantCulture,
            $"Largest difference of two losses that is allowed. [default: {LossLogVerification.DefaultTolerance:0e+0}]"));

        var command = new Command(
            "verify", "Compares two loss logs step by step; the exit code is 1 where they differ by more than the tolerance.")
        {
            log, against, tolerance,
        };
        command.SetAction(result => Run(
            context, result.GetRequiredValue(log), result.GetRequiredValue(against),
            result.GetValue(tolerance) ?? LossLogVerification.DefaultTolerance));
        return command;
    }

    private static int Run(CommandContext context, string log, string against, double tolerance)
    {
        var verification = LossLogVerification.Verify(log, against, tolerance);
        foreach (string line in verification.Lines)
        {
            context.Console.Out.WriteLine(line);
        }

        return verification.ExitCode;
    }
}
