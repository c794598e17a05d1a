using MicroGpt.Distribution;
using MicroGpt.Runner.Benchmark;
using MicroGpt.Runner.Distribution;

namespace MicroGpt.Runner.Planning;

/// <summary>
/// Measures what the parts of a step cost a rank: steps of one shard, of several, and of one shard with another number of items. All ranks
/// of a job do so at the same time, each by itself, and the slowest counts.
/// </summary>
/// <param name="entry">The model.</param>
/// <param name="rule">The update rule; null for the one that the model compiles in.</param>
/// <param name="threads">Threads of a rank.</param>
/// <param name="job">The ranks.</param>
internal sealed class StepMeter(ModelEntry entry, UpdateRule? rule, int threads, Job job)
{
    /// <summary>A shard of more positions takes as much longer.</summary>
    private const int MostRows = 4096;
    private const int MostShards = 8;

    /// <summary>An update takes what its bytes take, and no more than twice that.</summary>
    private const double SlowestUpdate = 2;

    /// <summary>Seconds for all that depends on neither shards nor weights.</summary>
    private const double MostFixed = 20e-6;

    private const int Passes = 3;
    private static readonly TimeSpan s_round = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan s_time = TimeSpan.FromSeconds(0.5);

    private readonly UpdateRule update = rule ?? UpdateRule.For(entry.Description.Optimizer);

    /// <summary>Measures.</summary>
    /// <param name="size">The model.</param>
    /// <param name="items">Items of a batch.</param>
    /// <param name="shards">Shards that it is divided into.</param>
    /// <param name="memory">Bytes a second that a rank reads and writes.</param>
    /// <exception cref="RunnerException">The model cannot hold a shard, or its loss does not stay finite.</exception>
    public StepCosts Measure(ModelSize size, int items, int shards, double memory)
    {
        int each = Math.Clamp((items + shards - 1) / shards, 1, Math.Max(1, MostRows / size.Positions));
        int other = each == 1 ? 2 : 1;
        int rows = Math.Max(each, other) * size.Positions;
        using ICompiledModel model = BenchmarkData.Create(entry, threads, rows);
        Sample one = default, several = default, less = default, undivided = default;
        int most = 2;
        double process = 0;
        for (int pass = 0; pass < Passes; pass++)
        {
            one = one.Or(Steps(model, 1, each, out double used));
            most = pass > 0 ? most : (int)Math.Clamp(s_time.TotalSeconds / one.Seconds, 2, MostShards);
            process = pass > 0 ? process : used - size.Model(rows) - (size.Gradient * (1 + size.State));
            several = several.Or(Steps(model, most, each, out _));
            less = less.Or(Steps(model, 1, other, out _));
            undivided = shards > 1 ? undivided : undivided.Or(Undivided(model, each));
            if (several.Seconds > s_time.TotalSeconds)
            {
                break;
            }
        }

        return Parts(new Samples(one, several, less, undivided, most), StepCosts.UpdateOf(size, memory)) with
        {
            MemoryBytes = memory,
            Process = Math.Max(0, process),
        };
    }

    /// <summary>
    /// The parts of a step. What it costs whatever its shards is what they leave of it, as far as that is more than steps differ by.
    /// </summary>
    /// <param name="samples">The steps.</param>
    /// <param name="update">What the bytes of an update take.</param>
    internal static StepCosts Parts(in Samples samples, double update)
    {
        (Sample one, Sample several, Sample less, Sample undivided, int shards) = samples;
        double slope = (several.Seconds - one.Seconds) / (shards - 1);
        double rest = Math.Clamp(one.Seconds - slope, update, (SlowestUpdate * update) + MostFixed);
        double shard = Math.Max(0, one.Seconds + several.Seconds - (2 * rest)) / (1 + shards);
        double row = Math.Max(0, (shard - (less.Seconds - rest)) / (one.Rows - less.Rows));
        double slices = Math.Min(rest, SlowestUpdate * update);
        return new StepCosts
        {
            Shard = Math.Max(0, shard - (row * one.Rows)),
            Row = row,
            Update = slices,
            Fixed = rest - slices,
            Undivided = Math.Max(0, undivided.Seconds - (row * undivided.Rows)),
            MemoryBytes = double.PositiveInfinity,
        };
    }

    /// <summary>Steps of so many shards of so many items.</summary>
    private Sample Steps(ICompiledModel model, int shards, int each, out double bytes)
    {
        PackedBatch[] batches = BenchmarkData.For(entry.Description, shards * each);
        using var training = new ShardedTraining(model, update, new ShardPlan(SingleRank.Instance, shards, shards * each), batches);
        Sample sample = Measure(training.Step, batches, shards);
        bytes = job.All(Environment.WorkingSet).Max();
        return sample;
    }

    /// <summary>Steps of a batch that is not divided, with the update that the model compiles in where that is the rule.</summary>
    private Sample Undivided(ICompiledModel model, int items)
    {
        PackedBatch[] batches = BenchmarkData.For(entry.Description, items);
        using GradientOptimizer? optimizer = rule is null ? null : new GradientOptimizer(rule, model.VectorBits);
        int step = 0;
        return Measure(
            () =>
            {
                Batch batch = batches[step++ % batches.Length].Batch;
                _ = optimizer is null
                    ? model.TrainStep(batch, BenchmarkData.LearningRate)
                    : model.TrainStep(batch, BenchmarkData.LearningRate, optimizer);
            },
            batches,
            1);
    }

    private Sample Measure(Action step, PackedBatch[] batches, int shards) => new(
        RankRounds.Measure(job, step, s_round, s_time).Min(round => round.Seconds),
        batches.Average(batch => batch.Tokens.Length) / shards);

    /// <summary>What was measured.</summary>
    /// <param name="One">Steps of one shard.</param>
    /// <param name="Several">Steps of several.</param>
    /// <param name="Less">Steps of one with another number of items.</param>
    /// <param name="Undivided">Steps of a batch that is not divided, where that was asked for.</param>
    /// <param name="Shards">How many several are.</param>
    internal readonly record struct Samples(Sample One, Sample Several, Sample Less, Sample Undivided, int Shards);

    /// <summary>A measurement: the fastest round, and the positions of a shard in the mean.</summary>
    internal readonly record struct Sample(double Seconds, double Rows)
    {
        /// <summary>The faster of two; a disturbance only makes one slower.</summary>
        public Sample Or(Sample other) => Rows > 0 && Seconds < other.Seconds ? this : other;
    }
}
