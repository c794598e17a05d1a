using MicroGpt.Distribution;
using MicroGpt.Runner.Batches;

namespace MicroGpt.Runner.Training;

/// <summary>
/// A step whose batches are divided into shards: this rank computes the gradients of its own, with each position counting the same, and the
/// ranks move the weights together.
/// </summary>
/// <param name="model">This rank's model.</param>
/// <param name="optimizer">Its optimizer, with the plan.</param>
/// <param name="settings">What the run was told.</param>
internal sealed class ShardedStep(ICompiledModel model, GradientOptimizer optimizer, TrainingSettings settings) : IDisposable
{
    private readonly ShardPlan plan = optimizer.Plan!;
    private readonly int[] starts = new int[optimizer.Plan!.MostItems + 1];
    private readonly Runtime.Arena<double> losses = new(optimizer.Plan!.Shards);

    /// <summary>Moves the weights.</summary>
    /// <param name="items">The items of all batches of the step.</param>
    /// <param name="rate">The learning rate.</param>
    /// <param name="step">Steps before this one.</param>
    /// <returns>The mean loss over all positions, the same on every rank.</returns>
    public double Train(in Batch items, double rate, int step)
    {
        int last = LastShard();
        if (last < 0)
        {
            // Without a gradient of its own a rank still takes part in the update, which comes at the end of a step on something.
            Train(items, 0, 1, rate, step, new(Shard: -1, Weighs: false, EndsShard: false, Total: items.Rows));
        }

        for (int shard = plan.FirstShard; shard <= last; shard++)
        {
            Losses[shard] = TrainShard(items, shard, rate, step, isLast: shard == last);
        }

        unsafe
        {
            plan.Ranks.AllGather(losses.Pointer, plan.ShardsPerRank * sizeof(double));
        }

        double sum = 0.0;
        foreach (double loss in Losses)
        {
            sum += loss;
        }

        return sum / items.Rows;
    }

    /// <inheritdoc/>
    public void Dispose() => losses.Dispose();

    /// <summary>The losses of the shards, summed over their positions; those of empty ones stay 0.</summary>
    private unsafe Span<double> Losses => new(losses.Pointer, plan.Shards);

    /// <summary>The last shard of this rank that has items; −1 where none has.</summary>
    private int LastShard()
    {
        for (int shard = plan.FirstShard + plan.ShardsPerRank - 1; shard >= plan.FirstShard; shard--)
        {
            if (plan.FirstItem(shard) < plan.FirstItem(shard + 1))
            {
                return shard;
            }
        }

        return -1;
    }

    /// <summary>Adds up the gradients of a shard over the batches of the step.</summary>
    /// <returns>The losses, summed over the positions.</returns>
    private double TrainShard(in Batch items, int shard, double rate, int step, bool isLast)
    {
        int first = plan.FirstItem(shard);
        int end = plan.FirstItem(shard + 1);
        double sum = 0.0;
        for (int part = 0; part < settings.Accumulate && first < end; part++)
        {
            int before = part * settings.BatchSize;
            bool endsShard = part == settings.Accumulate - 1;
            sum += Train(items, before + first, before + end, rate, step, new(
                shard, Weighs: true, endsShard, Total: isLast && endsShard ? items.Rows : 0));
        }

        return sum;
    }

    /// <summary>A step of the model on some of the items; whether it moves the weights is announced.</summary>
    /// <returns>The losses, summed over the positions.</returns>
    private double Train(in Batch items, int firstItem, int endItem, double rate, int step, Announcement announced)
    {
        int count = endItem - firstItem;
        int firstRow = items.Starts[firstItem];
        int rows = items.Starts[endItem] - firstRow;
        for (int item = 0; item <= count; item++)
        {
            starts[item] = items.Starts[firstItem + item] - firstRow;
        }

        if (model is IModelDropout dropping)
        {
            dropping.Dropout = new DropoutDraw((ulong)settings.Seed, step, firstRow);
        }

        optimizer.AccumulateShard(announced.Shard, announced.Weighs ? rows : 0, announced.EndsShard, announced.Total);
        var batch = new Batch(items.Tokens.Slice(firstRow, rows), items.Targets.Slice(firstRow, rows), starts.AsSpan(0, count + 1));
        return model.TrainStep(batch, rate, optimizer) * rows;
    }

    /// <summary>What the optimizer is told of a gradient.</summary>
    private readonly record struct Announcement(int Shard, bool Weighs, bool EndsShard, double Total);
}
