using System.CommandLine;
using System.Globalization;
using MicroGpt.Runner.Gradients;
using MicroGpt.Runner.Terminal;
using MicroGpt.Runner.Training;

namespace MicroGpt.Runner.Commands;

/// <summary><c>check</c>: compares a compiled model with the same model run eagerly.</summary>
internal static class CheckCommand
{
    private const int DefaultBatches = 3;

    private static readonly string[] Headers = ["parameter", "shape", "largest gradient", "largest error", "at", "compiled", "eager"];

    public static Command Create(CommandContext context)
    {
        Option<string?> model = ModelOption.Create(context.Models);
        Option<int> batches = NumberOption.Whole("--batches", "Random batches to compare on.", 1, DefaultBatches);
        Option<long> seed = NumberOption.Seed("--seed", "Seed of the parameters and the documents.", new TrainingSettings().Seed);
        Option<double?> tolerance = NumberOption.NotNegative("--tolerance", string.Create(
            CultureInfo.InvariantCulture,
            $"Largest error that is allowed. [default: {EagerCheck.Tolerance(Precision.Double):0e+0} in double "
                + $"precision, {EagerCheck.Tolerance(Precision.Single):0e+0} in single]"));
        var command = new Command(
            "check",
            "Compares a compiled model with its own text run eagerly, in double: loss, every gradient, decoding; "
                + "the exit code is 1 where they differ.")
        {
            model, batches, seed, tolerance,
        };
        command.SetAction(result => Run(
            context, result.GetValue(model), result.GetValue(batches), result.GetValue(seed), result.GetValue(tolerance)));
        return command;
    }

    private static int Run(CommandContext context, string? modelName, int batches, long seed, double? given)
    {
        ModelEntry entry = ModelOption.Find(context.Models, modelName);
        double tolerance = given ?? EagerCheck.Tolerance(entry.Description.Precision);
        using var interruption = Interruption.Listen();
        EagerCheckResult check;
        Conditioning? conditioning = null;
        try
        {
            EagerModel eager = entry.CreateEager()
                ?? throw RunnerException.Usage(
                    $"{entry.Name} has no forward pass that could be run eagerly: it was not compiled from one.");
            using ICompiledModel compiled = entry.Create(EagerCheck.RowCapacity(entry.Description));
            check = EagerCheck.Run(compiled, eager, seed, batches, interruption.Token);
            if (check.Error > tolerance)
            {
                conditioning = EagerCheck.Conditioning(compiled, eager, seed, batches, interruption.Token);
            }
        }
        catch (OperationCanceledException)
        {
            context.Console.Error.WriteLine("interrupted before all batches were compared.");
            return interruption.ExitCode;
        }
        catch (LanguageException e)
        {
            throw RunnerException.Usage($"{entry.Name} cannot be run eagerly: {e.Message}.", e);
        }

        TextWriter output = context.Console.Out;
        output.WriteLine(Invariant(
            $"{entry.Name}: compiled against eager on {batches} random batches, {check.Rows} positions in documents of up to ")
                + Invariant($"{EagerCheck.LongestOf(entry.Description, batch: 1)}, ")
                + Invariant($"all {entry.Description.ParameterCount:N0} parameters."));
        TextTable.Write(context.Console, Headers, [.. check.Gradients.Select(Row)]);
        output.WriteLine(
            Invariant($"Largest error of a loss {check.LossError:0.00e+0}, of a logit when decoding {check.LogitError:0.00e+0}."));
        bool passed = check.Error <= tolerance;
        output.WriteLine(Invariant(
            $"Largest error {check.Error:0.00e+0}, {Place(check)}: {(passed ? "within" : "more than")} the tolerance ")
                + Invariant($"of {tolerance:0.###e+0}."));
        if (conditioning?.MayExplain(check.Error, tolerance) == true)
        {
            output.WriteLine(
                Invariant($"Weights that differ in their last bit change a loss, a logit or a gradient by up to ")
                    + Invariant($"{conditioning.Change:0.00e+0}: ") + conditioning.Advice(entry.Description.Precision));
        }

        return passed ? ExitCode.Success : ExitCode.Failure;
    }

    private static string Place(EagerCheckResult check)
    {
        EagerDifference worst = check.Worst;
        return check.Error == worst.Error ? Invariant($"of the gradient of {worst.Parameter.Name}{At(worst)} in batch {worst.Batch}")
            : check.Error == check.LossError ? "of a loss"
            : "of a logit when decoding";
    }

    private static string[] Row(EagerDifference difference) =>
    [
        difference.Parameter.Name,
        difference.Parameter.IsVector
            ? Invariant($"{difference.Parameter.Columns:N0}")
            : Invariant($"{difference.Parameter.Rows:N0} x {difference.Parameter.Columns:N0}"),
        Invariant($"{difference.LargestGradient:0.00e+0}"),
        Invariant($"{difference.Error:0.00e+0}"),
        difference.Error == 0.0 ? "-" : At(difference),
        Invariant($"{difference.Compiled:0.000000e+0}"),
        Invariant($"{difference.Eager:0.000000e+0}"),
    ];

    private static string At(EagerDifference difference) =>
        difference.Parameter.IsVector ? Invariant($"[{difference.Column}]") : Invariant($"[{difference.Row}, {difference.Column}]");

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
