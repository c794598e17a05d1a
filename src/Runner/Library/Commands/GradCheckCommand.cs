using System.CommandLine;
using System.Globalization;
using MicroGpt.Runner.Data;
using MicroGpt.Runner.Gradients;
using MicroGpt.Runner.Report;
using MicroGpt.Runner.Terminal;
using MicroGpt.Runner.Training;

namespace MicroGpt.Runner.Commands;

/// <summary><c>gradcheck</c>: compares a model's compiled gradient with differences of its loss.</summary>
internal static class GradCheckCommand
{
    // A few documents in one batch, so that the border between two of them is checked, too.
    private const int Documents = 4;

    private static readonly string[] Headers = ["matrix", "shape", "checked", "largest gradient", "absolute error", "relative error"];

    public static Command Create(CommandContext context)
    {
        Option<string?> model = ModelOption.Create(context.Models);
        Option<long> seed = NumberOption.Seed("--seed", "Seed of the shuffle and the parameters.", new TrainingSettings().Seed);
        Option<double?> tolerance = NumberOption.NotNegative("--tolerance", string.Create(
            CultureInfo.InvariantCulture,
            $"Largest absolute error that is allowed. "
                + $"[default: {Default(Precision.Double):0e+0} in double precision, {Default(Precision.Single):0e+0} in single]"));

        var command = new Command(
            "gradcheck", "Compares the compiled gradient with central differences of the loss; "
                + "the exit code is 1 where they differ by more than the tolerance.")
        {
            model, seed, tolerance,
        };
        DataOptions data = DataOptions.AddTo(command);
        command.SetAction(result => Run(
            context, result.GetValue(model), data.Settings(result), result.GetValue(seed), result.GetValue(tolerance)));
        return command;
    }

    private static double Default(Precision precision) => GradientCheckSettings.Central(precision).Tolerance;

    private static int Run(CommandContext context, string? modelName, DataSettings data, long seed, double? tolerance)
    {
        ModelEntry entry = ModelOption.Find(context.Models, modelName);
        Corpus corpus = Corpus.Read(data);
        using var session = new TrainingSession(entry, corpus, new TrainingSettings { Seed = seed, BatchSize = Documents });
        Batch batch = session.Batches.Next();
        GradientCheckSettings settings = GradientCheckSettings.Central(entry.Description.Precision, tolerance);
        int[] sizes = GradientCheck.SampleSizes(entry.Description);
        string scope = sizes.Sum(size => (long)size) == entry.Description.ParameterCount
            ? Invariant($"all {entry.Description.ParameterCount:N0} parameters")
            : Invariant($"a sample of {sizes.Sum(size => (long)size):N0} of {entry.Description.ParameterCount:N0} parameters");

        TextWriter output = context.Console.Out;
        output.WriteLine(Invariant(
            $"{entry.Name}: central differences, step {settings.Step:0e+0}, ")
                + Invariant($"against the compiled gradient; {scope}, {batch.Rows} positions of {corpus.Source}."));
        using var interruption = Interruption.Listen();
        IReadOnlyList<GradientCheckMatrix> check;
        try
        {
            check = GradientCheck.Run(session.Model, batch, settings, interruption.Token);
        }
        catch (OperationCanceledException)
        {
            context.Console.Error.WriteLine("interrupted before all parameters were checked.");
            return interruption.ExitCode;
        }

        TextTable.Write(
            context.Console, Headers,
            [.. check.Zip(entry.Description.Parameters, (matrix, info) => Row(matrix, info, Measurable(settings)))]);
        GradientCheckMatrix worst = check.MaxBy(matrix => matrix.LargestAbsoluteError)!;
        bool passed = worst.LargestAbsoluteError <= settings.Tolerance;
        output.WriteLine(Invariant(
            $"Largest absolute error {worst.LargestAbsoluteError:0.00e+0}, ")
                + Invariant($"in {worst.Name}: {(passed ? "within" : "more than")} the tolerance of {settings.Tolerance:0.###e+0}."));
        Conditioning? conditioning = passed ? null : GradientCheck.Conditioning(session.Model, batch, settings);
        if (conditioning?.MayExplain(worst.LargestAbsoluteError, settings.Tolerance) == true)
        {
            output.WriteLine(
                Invariant($"Weights that differ in their last bit change differences of the loss by up to {conditioning.Change:0.00e+0}: ")
                    + conditioning.Advice(entry.Description.Precision) + Invariant($" 'check --model {entry.Name}' takes no differences."));
        }
        else if (!passed)
        {
            output.WriteLine(Invariant(
                $"A step may cross a kink of Relu, Abs, Max and their kind, where differences are wrong and the gradient is not: ")
                    + Invariant($"'check --model {entry.Name}' compares with the text run eagerly."));
        }

        string precision = entry.Description.Precision == Precision.Single
            ? Invariant($"in single precision a loss is known to some 3e-7 only, and its differences, ")
                + Invariant($"over a step of {settings.Step:0e+0}, to some {settings.Tolerance:0.###e+0}")
            : Invariant($"differences over a step of {settings.Step:0e+0} are known to some {settings.Tolerance:0.###e+0}");
        output.WriteLine(Invariant(
            $"The absolute errors decide: {precision}. Relative errors are those of gradients from {Measurable(settings):0.###e+0} up; ")
                + "a smaller one is not measured well enough to have any.");
        return passed ? ExitCode.Success : ExitCode.Failure;
    }

    /// <summary>The size from which on a gradient is ten times what its measurement leaves uncertain.</summary>
    private static double Measurable(GradientCheckSettings settings) => 10 * settings.Tolerance;

    private static string RelativeError(GradientCheckMatrix matrix, double measurable)
    {
        double largest = double.NaN;
        foreach ((double compiled, double numerical) in matrix.Compiled.Zip(matrix.Numerical))
        {
            double size = Math.Max(Math.Abs(compiled), Math.Abs(numerical));
            if (size >= measurable && size > 0)
            {
                double error = Math.Abs(compiled - numerical) / size;
                largest = error <= largest ? largest : error;
            }
        }

        return double.IsNaN(largest) ? "-" : Invariant($"{largest:0.00e+0}");
    }

    private static string[] Row(GradientCheckMatrix matrix, ParameterInfo info, double measurable) =>
    [
        matrix.Name,
        info.IsVector ? Invariant($"{info.Columns:N0}") : Invariant($"{info.Rows:N0} x {info.Columns:N0}"),
        Invariant($"{matrix.Compiled.Count:N0}"),
        Invariant($"{matrix.Compiled.Max(Math.Abs):0.00e+0}"),
        Invariant($"{matrix.LargestAbsoluteError:0.00e+0}"),
        RelativeError(matrix, measurable),
    ];

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
