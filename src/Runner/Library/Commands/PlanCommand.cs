using System.CommandLine;
using System.CommandLine.Parsing;
using MicroGpt.Runner.Distribution;
using MicroGpt.Runner.Messages;
using MicroGpt.Runner.Planning;

namespace MicroGpt.Runner.Commands;

/// <summary><c>plan</c>: what a training step would cost on 1 to 1,024 ranks.</summary>
internal sealed class PlanCommand
{
    private const int DefaultShards = 8;
    private const int MostShards = 65_536;
    private const double MostMicroseconds = 1e7;
    private const double MostGigas = 1e9;
    private static readonly NetworkSpeed s_usualNetwork = new(50e-6, 1.25e9);

    /// <summary>Of shared memory that was not measured: a message is written into it and read out of it.</summary>
    private const double LatencyInside = 1e-6;
    private const double CopiesInside = 4;

    private readonly Option<string?> model;
    private readonly Option<int> batch = NumberOption.Whole("--batch", "Documents or windows of the whole batch.", 1, 64, 1 << 20);
    private readonly Option<int> shards = NumberOption.Whole(
        "--shards", "Shards of a batch; more ranks have one each.", 1, DefaultShards, MostShards);

    private readonly Option<int> threads = ThreadsOption.Create();
    private readonly Option<int?> ranksPerMachine = NumberOption.WholeOrNone(
        "--ranks-per-machine", "Ranks that share a machine such as this one. [default: 1; under a launcher, as many as it started]",
        1, ScalingModel.MostRanks);

    private readonly Option<double?> flops = NumberOption.Between(
        "--gflops", "What a rank reaches in the forward and backward pass, in 10⁹ operations a second, on another machine. "
            + "[default: this one is measured]",
        1e-6, MostGigas);

    private readonly Option<double?> memory = NumberOption.Between(
        "--memory-bandwidth", "What a rank reads and writes, in GB/s. [default: that of a copy that is measured here]", 1e-6, MostGigas);

    private readonly Option<double?> latency = NumberOption.Between(
        "--latency", "Microseconds until a small message has arrived at another machine. [default: 50]", 1e-6, MostMicroseconds);

    private readonly Option<double?> bandwidth = NumberOption.Between(
        "--bandwidth", "What a machine sends, in GB/s; 1.25, the default, is 10 gigabits.", 1e-6, MostGigas);

    private readonly CommandContext context;

    private PlanCommand(CommandContext context)
    {
        this.context = context;
        model = ModelOption.Create(context.Models);
    }

    private Job Job => context.Console.Job;

    public static Command Create(CommandContext context)
    {
        var options = new PlanCommand(context);
        var command = new Command("plan", "Says what a training step would cost on 1 to 1,024 ranks, from what is measured here.")
        {
            options.model, options.batch, options.shards, options.threads, options.ranksPerMachine, options.flops, options.memory,
            options.latency, options.bandwidth,
        };
        RuleOptions rule = RuleOptions.AddTo(command);
        command.SetAction(result => options.Run(result, rule));
        return command;
    }

    private int Run(ParseResult result, RuleOptions rules)
    {
        ModelEntry entry = ModelOption.Find(context.Models, result.GetValue(model));
        UpdateRule? rule = rules.Rule(result, entry.Description);
        int items = result.GetValue(batch), divided = result.GetValue(shards);
        Workload work = Workload.Of(entry.Description, items);
        var size = new ModelSize(entry.Description, rule ?? UpdateRule.For(entry.Description.Optimizer));
        int machines = Machines(entry.Description);
        double copied = (result.GetValue(memory) * 1e9) ?? Job.All(CopyMeter.BytesPerSecond(size.Gradient)).Min();
        StepCosts costs = result.GetValue(flops) is double given
            ? StepCosts.Reckoned(size, work.Mean, given * 1e9, copied) with { Process = Job.All(Environment.WorkingSet).Max() }
            : new StepMeter(entry, rule, result.GetValue(threads), Job).Measure(size, items, divided, copied);
        NetworkSpeed? measured = Job.Size > 1 ? NetworkMeter.Measure(Job, size.Gradient) : null;
        NetworkSpeed between = machines > 1 ? measured!.Value : s_usualNetwork;
        int here = Job.Size / machines;
        var machine = new Machine(
            result.GetValue(ranksPerMachine) ?? here,
            Machine.CoresOf(Job),
            result.GetValue(threads),
            result.GetValue(flops) is null ? here : 1,
            (machines == 1 ? measured : null) ?? new NetworkSpeed(LatencyInside, copied / CopiesInside));
        if (result.GetValue(flops) is null && here * machine.Threads > machine.Cores && Job.Rank == 0)
        {
            context.Console.Error.WriteLine(
                $"warning: {Counted.Of(here * machine.Threads, "thread")} measured on {Counted.Of(machine.Cores, "core")}: "
                    + "what takes turns varies from one run to the next, and so does what is reckoned from it.");
        }

        between = new NetworkSpeed(
            (result.GetValue(latency) * 1e-6) ?? between.Latency, (result.GetValue(bandwidth) * 1e9) ?? between.Bytes);
        var scaling = new ScalingModel(size, items, divided, work, costs, machine, between);
        new PlanTable(context.Console, entry.Description, size, items, work)
        {
            IsMeasured = result.GetValue(flops) is null,
            Costs = costs,
            Machine = machine,
            Network = between,
        }.Write(scaling);
        return ExitCode.Success;
    }

    /// <summary>The machines of the job, whose ranks agree on what they plan.</summary>
    private int Machines(ModelDescription description)
    {
        if (Job.Size == 1)
        {
            return 1;
        }

        RankReport[] ranks = RankFailure.Agree(Job, RankFacts.Of(description));
        Job.IsUnderWay = true;
        return ranks.DistinctBy(rank => rank.Host).Count();
    }
}
