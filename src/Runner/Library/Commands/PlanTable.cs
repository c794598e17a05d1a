using MicroGpt.Runner.Planning;
using MicroGpt.Runner.Terminal;
using MicroGpt.Runner.Training;

namespace MicroGpt.Runner.Commands;

/// <summary>Shows what was reckoned, and from what.</summary>
/// <param name="console">Where to write.</param>
/// <param name="model">The model.</param>
/// <param name="size">What it takes.</param>
/// <param name="items">Items of a batch.</param>
/// <param name="work">The positions of a batch.</param>
internal sealed class PlanTable(RunnerConsole console, ModelDescription model, ModelSize size, int items, Workload work)
{
    private const double Giga = 1e9;
    private const double Mega = 1e6;
    private const double Micro = 1e6;

    private static readonly string[] s_headers =
        [
            "ranks", "shards", "ms a step", "computing", "adding", "exchanging", "hidden", "efficiency", "speed-up", "MB a rank",
        ];

    /// <summary>Whether the costs were measured, and not reckoned from the speed of a processor.</summary>
    public required bool IsMeasured { get; init; }

    /// <summary>What a step costs a rank.</summary>
    public required StepCosts Costs { get; init; }

    /// <summary>What ranks share.</summary>
    public required Machine Machine { get; init; }

    /// <summary>What lies between machines.</summary>
    public required NetworkSpeed Network { get; init; }

    /// <summary>Writes facts and table.</summary>
    public void Write(ScalingModel scaling)
    {
        TextWriter output = console.Out;
        PlannedStep one = scaling.On(1);
        double gflops = size.OperationsPerRow(work.Mean) * work.Mean * items / one.Computing / Giga;
        string threads = Machine.Threads == 1 ? "" : Invariant($" on {Machine.Threads} threads");
        string rule = UpdateName.InSentence(size.Rule);
        output.WriteLine(Invariant($"model           {model.Name}: {model.ParameterCount:N0} parameters, {rule}"));
        output.WriteLine(Invariant($"batch           {items:N0} of {work.Mean:0.#} positions"));
        string passes = IsMeasured ? "" : Invariant($"{size.OperationsPerRow(work.Mean) / Costs.Row / Giga:N1} GFLOP/s in the passes, ");
        output.WriteLine(Invariant(
            $"rank            {passes}{gflops:N1} GFLOP/s in training{threads}, {Costs.MemoryBytes / Giga:N1} GB/s of memory"));
        output.WriteLine("a step          " + (IsMeasured ? "measured" : "reckoned") + Invariant(
            $": {Costs.Row * Micro:N2} us a position, {Costs.Shard * Micro:N1} a shard, {Costs.Update * Micro:N1} for the update, ")
                + Invariant($"{Costs.Fixed * Micro:N1} besides"));
        if (Machine.Ranks > 1)
        {
            output.WriteLine(Invariant($"a machine       {Machine.Ranks} ranks on {Machine.Cores} cores; ") + Describe(Machine.Inside));
        }

        output.WriteLine("network         " + Describe(Network) + (Machine.Ranks > 1 ? " a machine" : ""));
        output.WriteLine();
        WriteTable(scaling, one);
    }

    private void WriteTable(ScalingModel scaling, PlannedStep one)
    {
        TextTable.Write(console, s_headers, [.. scaling.Ranks().Select(scaling.On).Select(step => (string[])
        [
            Invariant($"{step.Ranks:N0}"), Invariant($"{step.Shards:N0}"), Milliseconds(step.Seconds), Milliseconds(step.Computing),
            Milliseconds(step.Adding), Milliseconds(step.Exchanging), Milliseconds(step.Hidden),
            Invariant($"{100 * step.Efficiency(one):F0} %"), Invariant($"{one.Seconds / step.Seconds:F1}"),
            Invariant($"{step.Bytes / Mega:N0}"),
        ])]);
        console.Out.WriteLine();
        if (items < ScalingModel.MostRanks)
        {
            string most = items == 1 ? "one rank" : Invariant($"{items:N0} ranks");
            console.Out.WriteLine(Invariant($"A batch of {items:N0} has work for {most}; more would wait."));
        }

        console.Out.WriteLine("How it is reckoned, and how near it comes: docs/scaling.md.");
    }

    private static string Describe(NetworkSpeed network) =>
        Invariant($"{network.Latency * Micro:N1} us, {network.Bytes / Giga:G3} GB/s");

    private static string Milliseconds(double seconds) => seconds switch
    {
        >= 0.1 => Invariant($"{1000 * seconds:N0}"),
        >= 0.001 => Invariant($"{1000 * seconds:F2}"),
        0 => "-",
        _ => Invariant($"{1000 * seconds:F4}"),
    };

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
