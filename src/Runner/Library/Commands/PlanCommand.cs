using System.CommandLine;
using MicroGpt.Numerics;
using MicroGpt.Runner.Benchmark;
using MicroGpt.Runner.Planning;
using MicroGpt.Runner.Terminal;
using MicroGpt.Runner.Training;

namespace MicroGpt.Runner.Commands;

/// <summary><c>plan</c>: what a training step would cost on 1 to 1,024 ranks.</summary>
internal static class PlanCommand
{
    private const int MostRanks = 1024;
    private const int DefaultShards = 8;

    /// <summary>What a training step of a wide model reaches of the multiply-add peak (docs/performance.md).</summary>
    private const double ShareOfPeak = 0.8;

    private static readonly string[] s_headers =
        ["ranks", "shards", "ms a step", "computing", "adding", "exchanging", "efficiency", "speed-up", "MB a rank"];

    private static readonly TimeSpan s_peakTime = TimeSpan.FromSeconds(0.2);

    public static Command Create(CommandContext context)
    {
        Option<string?> model = ModelOption.Create(context.Models);
        Option<int> batch = NumberOption.Whole("--batch", "Documents or windows of the whole batch.", 1, 64, 1 << 20);
        Option<int> shards = NumberOption.Whole(
            "--shards", "Shards of a batch, a power of two; more ranks have one each.", 1, DefaultShards, MostRanks);
        Option<double?> flops = NumberOption.Positive(
            "--gflops", "What a rank reaches in training, in 10⁹ operations a second. [default: 0.8 of the peak that is measured here]");
        Option<double?> memory = NumberOption.Positive(
            "--memory-bandwidth", "What a rank reads and writes, in GB/s. [default: that of a copy that is measured here]");
        Option<double> latency = NumberOption.Positive("--latency", "Microseconds until a small message has arrived.", 50);
        Option<double> bandwidth = NumberOption.Positive("--bandwidth", "What a rank sends, in GB/s; 1.25 is 10 gigabits.", 1.25);
        var command = new Command("plan", "Says what a training step would cost on 1 to 1,024 ranks, by a model of costs.")
        {
            model, batch, shards, flops, memory, latency, bandwidth,
        };
        RuleOptions rule = RuleOptions.AddTo(command);
        command.SetAction(result =>
        {
            ModelDescription description = ModelOption.Find(context.Models, result.GetValue(model)).Description;
            UpdateRule update = rule.Rule(result, description) ?? UpdateRule.For(description.Optimizer);
            int divided = result.GetValue(shards);
            if (!int.IsPow2(divided))
            {
                throw RunnerException.Usage(Invariant($"--shards: {divided} is no power of two, such as {DefaultShards}."));
            }

            var speed = new RankSpeed(
                (result.GetValue(flops) * 1e9) ?? ShareOfPeak * Peak(description.Precision),
                (result.GetValue(memory) * 1e9) ?? CopyMeter.BytesPerSecond());
            var network = new NetworkSpeed(result.GetValue(latency) * 1e-6, result.GetValue(bandwidth) * 1e9);
            using var optimizer = new GradientOptimizer(update);
            var costs = new ScalingModel(description, result.GetValue(batch), divided, optimizer.StateNames.Count, speed, network);
            Show(context.Console, description, update, result.GetValue(batch), speed, network, costs);
            return ExitCode.Success;
        });
        return command;
    }

    private static double Peak(Precision precision)
    {
        using var meter = new PeakMeter(VectorSupport.PreferredBits, precision, threads: 1);
        return Enumerable.Range(0, 3).Max(_ => meter.Round(s_peakTime));
    }

    private static void Show(
        RunnerConsole console, ModelDescription model, UpdateRule rule, int batch, RankSpeed rank, NetworkSpeed network, ScalingModel costs)
    {
        TextWriter output = console.Out;
        string update = UpdateName.InSentence(rule.Kind);
        int positions = model.BlockSize ?? ScalingModel.PositionsWithoutBlock;
        double gflops = rank.Flops / 1e9, memory = rank.MemoryBytes / 1e9;
        output.WriteLine(Invariant($"model           {model.Name}: {model.ParameterCount:N0} parameters, {update}"));
        output.WriteLine(Invariant($"batch           {batch:N0} of {positions:N0} positions"));
        output.WriteLine(Invariant($"rank            {gflops:N1} GFLOP/s in training, {memory:N1} GB/s of memory"));
        output.WriteLine(Invariant($"network         {network.Latency * 1e6:N1} us, {network.Bytes / 1e9:N2} GB/s a rank"));
        output.WriteLine();
        PlannedStep one = costs.On(1);
        var rows = new List<string[]>();
        for (int ranks = 1; ranks <= MostRanks; ranks *= 2)
        {
            PlannedStep step = costs.On(ranks);
            rows.Add(
            [
                Invariant($"{ranks:N0}"), Invariant($"{step.Shards:N0}"), Milliseconds(step.Seconds), Milliseconds(step.Computing),
                Milliseconds(step.Adding), Milliseconds(step.Exchanging), Invariant($"{100 * step.Efficiency(one):F0} %"),
                Invariant($"{one.Seconds / step.Seconds:F1}"), Invariant($"{step.Bytes / 1e6:N1}"),
            ]);
        }

        TextTable.Write(console, s_headers, [.. rows]);
        output.WriteLine();
        output.WriteLine("MB: weights, gradients and state; the activations of a shard come on top. How it is reckoned: docs/scaling.md.");
    }

    private static string Milliseconds(double seconds) => seconds switch
    {
        >= 0.1 => Invariant($"{1000 * seconds:N0}"),
        >= 0.001 => Invariant($"{1000 * seconds:F2}"),
        _ => Invariant($"{1000 * seconds:F4}"),
    };

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
