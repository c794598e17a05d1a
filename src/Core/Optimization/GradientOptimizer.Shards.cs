using System.Numerics;
using MicroGpt.Distribution;
using MicroGpt.Runtime;

namespace MicroGpt;

/// <content>Steps on batches that are divided into shards, on one rank or several.</content>
public sealed unsafe partial class GradientOptimizer
{
    /// <summary>No gradient of a shard is expected.</summary>
    private const int NotAnnounced = -2;

    /// <summary>The next gradient is that of no shard.</summary>
    private const int Nothing = -1;

    private IDisposable? _sharded;
    private IDisposable? _staged;
    private string? _stagedName;
    private int _shard = NotAnnounced;
    private bool _endsShard;
    private double _total;

    /// <summary>
    /// How the batch of a step is divided among ranks; null for gradients of whole batches. Every rank has an optimizer of its own and
    /// makes the same calls; the results have the same bits for any number of ranks.
    /// </summary>
    public ShardPlan? Plan { get; init; }

    /// <summary>
    /// Announces that the next gradient is that of a shard, or of one of several batches of it. With the last one of a rank, all ranks
    /// exchange what they have and move the weights by the weighted mean of all gradients.
    /// </summary>
    /// <param name="shard">
    /// One of this rank's shards, in ascending order; −1 where it has none, and the gradient is not to count: every rank takes part in the
    /// update.
    /// </param>
    /// <param name="weight">What the next gradient counts for, such as the positions of its batch.</param>
    /// <param name="endsShard">Whether it is the last one of its shard.</param>
    /// <param name="total">The sum of the weights of all gradients of the step, on all ranks, where it is this rank's last; else 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The shard is another rank's, or a weight is negative or not finite.</exception>
    /// <exception cref="InvalidOperationException">Batches are not divided.</exception>
    public void AccumulateShard(int shard, double weight, bool endsShard, double total)
    {
        ShardPlan plan = Plan ?? throw new InvalidOperationException("The optimizer has no plan, so there are no shards.");
        if (shard != Nothing && (shard < plan.FirstShard || shard >= plan.FirstShard + plan.ShardsPerRank))
        {
            throw new ArgumentOutOfRangeException(
                nameof(shard), shard, $"Rank {plan.Ranks.Rank} has the {plan.ShardsPerRank} shards from {plan.FirstShard} on.");
        }

        foreach (double number in (ReadOnlySpan<double>)[weight, total])
        {
            if (number is not (>= 0 and < double.PositiveInfinity))
            {
                throw new ArgumentOutOfRangeException(nameof(weight), number, "The weight of a gradient is a finite number of at least 0.");
            }
        }

        _shard = shard;
        _weight = weight;
        _endsShard = endsShard;
        _total = total;
    }

    /// <summary>
    /// Tells that a part of the next gradient is complete while the rest is still computed. With a <see cref="Plan"/>, and where it is this
    /// rank's last gradient of a step, the ranks begin to exchange that part; else nothing happens. <see cref="Update(float*, float*, long,
    /// double, ReadOnlySpan{long})"/> follows, once all parts have been told; where none is, it takes the gradient as a whole. All ranks
    /// tell the same parts in the same order.
    /// </summary>
    /// <param name="gradient">[count] derivatives of the loss, complete from <paramref name="first"/> to <paramref name="end"/>.</param>
    /// <param name="count">Number of weights.</param>
    /// <param name="first">The first weight of the part.</param>
    /// <param name="end">The one after its last.</param>
    public void Complete(float* gradient, long count, long first, long end) => CompletePart(gradient, count, first, end);

    /// <inheritdoc cref="Complete(float*, long, long, long)"/>
    public void Complete(double* gradient, long count, long first, long end) => CompletePart(gradient, count, first, end);

    /// <summary>
    /// Gives rank 0, which asks for a part of the state (<see cref="State"/>), that of this rank's slice; needed once there was a step, and
    /// where there is a <see cref="Plan"/> for several ranks.
    /// </summary>
    /// <param name="name">One of <see cref="StateNames"/>, in the order in which rank 0 asks.</param>
    /// <exception cref="ArgumentException">The rule keeps nothing of that name.</exception>
    public void HandOverState(string name)
    {
        if (Plan is not { Ranks.Size: > 1 } || Steps == 0)
        {
            return;
        }

        switch (_sharded)
        {
            case ShardedGradient<float> sharded:
                Stage<float>(name, sharded.Count);
                break;
            case ShardedGradient<double> sharded:
                Stage<double>(name, sharded.Count);
                break;
        }
    }

    /// <summary>Adds a gradient to those of its shard; with the last one of this rank, all ranks move the weights.</summary>
    private void UpdateSharded<T>(T* weights, T* gradient, long count, double learningRate, ReadOnlySpan<long> vectors)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ShardedGradient<T> sharded = ShardedFor<T>((nint)count);
        int shard = _shard;
        _shard = NotAnnounced;
        if (shard == NotAnnounced)
        {
            throw new InvalidOperationException("The optimizer has a plan: announce the shard of each gradient.");
        }

        if (_total == 0.0)
        {
            sharded.Add(gradient, shard, T.CreateTruncating(_weight), _endsShard);
            return;
        }

        if (!sharded.HasParts)
        {
            sharded.AddLast(gradient, shard, T.CreateTruncating(_weight), 0, (nint)count);
        }

        sharded.Reduce();
        double share = 1.0 / _total;
        double scale = share * (MeasuresOrClips ? ClippingScale(share * Math.Sqrt(sharded.SumOfSquares())) : 1.0);
        Moments<T> moments = MomentsFor<T>(sharded.Length);
        TakeStaged(moments, sharded);
        var factors = new UpdateFactors<T>(Rule, Steps + 1, learningRate, scale);
        sharded.Update(Rule.Kind, weights, moments, factors, vectors);
        Steps++;
    }

    /// <summary>What is wrong is said by the update, which comes after the computation that this is called from.</summary>
    private void CompletePart<T>(T* gradient, long count, long first, long end)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (Plan is not null && _shard != NotAnnounced && _total > 0.0
            && (_sharded is null || (_sharded as ShardedGradient<T>)?.Count == (nint)count))
        {
            ShardedFor<T>((nint)count).AddLast(gradient, _shard, T.CreateTruncating(_weight), (nint)first, (nint)(end - first));
        }
    }

    private void ResetShards()
    {
        _sharded?.Dispose();
        _sharded = null;
        _staged?.Dispose();
        _staged = null;
        _shard = NotAnnounced;
    }

    private ShardedGradient<T> ShardedFor<T>(nint count)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (_sharded is ShardedGradient<T> sharded)
        {
            return sharded.Count == count ? sharded : throw OtherModel();
        }

        sharded = _sharded is null ? new ShardedGradient<T>(count, Plan!, _vectorBits) : throw OtherModel();
        _sharded = sharded;
        return sharded;
    }

    /// <summary>
    /// Room for a part of the state of all weights, filled on rank 0 once there was a step. What is in it at the next call becomes the
    /// state of this rank's slice.
    /// </summary>
    private T* StagedState<T>(string name, nint count)
        where T : unmanaged
    {
        if (typeof(T) == typeof(float))
        {
            return (T*)Stage<float>(name, count);
        }

        return typeof(T) == typeof(double) ? (T*)Stage<double>(name, count) : throw OtherModel();
    }

    private T* Stage<T>(string name, nint count)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ShardedGradient<T> sharded = ShardedFor<T>(count);
        Moments<T> moments = MomentsFor<T>(sharded.Length);
        TakeStaged(moments, sharded);
        var whole = new Arena<T>(count);
        _staged = whole;
        _stagedName = name;
        sharded.Spread(Part(moments, name), whole.Pointer);
        if (Steps > 0)
        {
            sharded.Collect(whole.Pointer);
        }

        return whole.Pointer;
    }

    /// <summary>Takes over what was written into the room for a part of the state.</summary>
    private void TakeStaged<T>(Moments<T> moments, ShardedGradient<T> sharded)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        if (_staged is Arena<T> whole)
        {
            sharded.Take(whole.Pointer, Part(moments, _stagedName!));
            whole.Dispose();
            _staged = null;
        }
    }
}
