using System.Numerics;
using MicroGpt.Numerics;
using MicroGpt.Runtime;

namespace MicroGpt;

/// <summary>
/// Applies an update rule to weights, given their gradient: the part of a training step that is chosen at run time. It keeps the rule's
/// state (moments and the number of steps) for the one model that it serves. Results are the same at every vector width, bit by bit.
/// </summary>
/// <remarks>
/// An instance is not thread-safe. With a <see cref="Plan"/> each rank keeps the state of its slice of the weights alone (the first stage
/// of ZeRO; Rajbhandari et al., 2020).
/// </remarks>
public sealed unsafe partial class GradientOptimizer : IDisposable
{
    private readonly int _vectorBits;
    private readonly UpdateDispatch _kernels;
    private IDisposable? _moments;
    private double _weight = 1.0;
    private bool _isLast = true;
    private double _weightSum;

    /// <summary>Starts without state.</summary>
    /// <param name="rule">The rule and its constants.</param>
    /// <param name="vectorBits">Width of the vectors: 128, 256 or 512; 0 for <see cref="VectorSupport.PreferredBits"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">There are no vectors of that width.</exception>
    public GradientOptimizer(UpdateRule rule, int vectorBits = 0)
    {
        ArgumentNullException.ThrowIfNull(rule);
        Rule = rule;
        _vectorBits = vectorBits switch
        {
            0 => VectorSupport.PreferredBits,
            128 or 256 or 512 => vectorBits,
            _ => throw new ArgumentOutOfRangeException(nameof(vectorBits), vectorBits, "Vectors have 128, 256 or 512 bits."),
        };
        _kernels = new UpdateDispatch(_vectorBits);
    }

    /// <summary>The rule and its constants.</summary>
    public UpdateRule Rule { get; }

    /// <summary>Steps since the beginning, or since <see cref="Reset"/>.</summary>
    public long Steps { get; private set; }

    /// <summary>
    /// What the rule keeps, one number for each weight and name: nothing for SGD, the heavy ball's "velocity", Adam's "mean" gradient and
    /// mean "square".
    /// </summary>
    public IReadOnlyList<string> StateNames => Rule.Kind switch
    {
        UpdateKind.Sgd => [],
        UpdateKind.Momentum => ["velocity"],
        _ => ["mean", "square"],
    };

    /// <summary>Whether the gradient's norm is measured where the rule does not clip, too.</summary>
    public bool MeasuresNorm { get; init; }

    /// <summary>
    /// The norm of the last step's gradient before clipping; NaN before the first step, and where neither the rule clips nor
    /// <see cref="MeasuresNorm"/> asks for it.
    /// </summary>
    public double GradientNorm { get; private set; } = double.NaN;

    /// <summary>
    /// Announces that the next gradient is one of several that make a step: they are added up, each times its weight, and the last one
    /// moves the weights by their weighted mean. Without a call a gradient is a step of its own.
    /// </summary>
    /// <param name="weight">What the next gradient counts for: the positions of its batch, where each is to count the same.</param>
    /// <param name="isLast">Whether it completes the step.</param>
    /// <exception cref="ArgumentOutOfRangeException">The weight is not a finite number above 0.</exception>
    /// <exception cref="InvalidOperationException">Batches are divided: their shards are announced.</exception>
    public void Accumulate(double weight, bool isLast)
    {
        if (Plan is not null)
        {
            throw new InvalidOperationException("The optimizer has a plan: announce shards, not batches.");
        }

        if (weight is not (> 0 and < double.PositiveInfinity))
        {
            throw new ArgumentOutOfRangeException(nameof(weight), weight, "The weight of a gradient is a finite number above 0.");
        }

        _weight = weight;
        _isLast = isLast;
    }

    /// <summary>
    /// Moves the weights by one step, or keeps the gradient for one (<see cref="Accumulate"/>). Allocates only in the first step.
    /// </summary>
    /// <param name="weights">[count] weights.</param>
    /// <param name="gradient">[count] derivatives of the loss, in the order of the weights; they are not changed.</param>
    /// <param name="count">Number of weights; the same in every step.</param>
    /// <param name="learningRate">The step's learning rate.</param>
    /// <param name="vectors">
    /// Where each vector (a gain, a bias) begins and ends among the weights, [2 · vectors] in ascending order: vectors do not decay,
    /// matrices do. Without any, all weights are those of matrices.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">The count is negative.</exception>
    /// <exception cref="ArgumentException">The vectors are not pairs in ascending order, or lie outside of the weights.</exception>
    /// <exception cref="InvalidOperationException">The state belongs to other weights: their number or their type differs.</exception>
    public void Update(float* weights, float* gradient, long count, double learningRate, ReadOnlySpan<long> vectors = default) =>
        UpdateAll(weights, gradient, count, learningRate, vectors);

    /// <inheritdoc cref="Update(float*, float*, long, double, ReadOnlySpan{long})"/>
    public void Update(double* weights, double* gradient, long count, double learningRate, ReadOnlySpan<long> vectors = default) =>
        UpdateAll(weights, gradient, count, learningRate, vectors);

    /// <summary>
    /// One part of the state, in the order of the weights; zeros before the first step. Meant for the model that it serves, which knows
    /// that order (<see cref="IModelState"/>).
    /// </summary>
    /// <typeparam name="T">Type of the weights.</typeparam>
    /// <param name="name">One of <see cref="StateNames"/>.</param>
    /// <param name="count">Number of weights.</param>
    /// <returns>
    /// [count] elements, valid until the optimizer is reset or disposed of. With a plan, until the next call: once there was a step, all
    /// ranks call at the same time, and rank 0 receives the state of all; what is written there counts for the slice of this rank.
    /// </returns>
    /// <exception cref="ArgumentException">The rule keeps nothing of that name.</exception>
    /// <exception cref="InvalidOperationException">The state belongs to other weights: their number or their type differs.</exception>
    public T* State<T>(string name, long count)
        where T : unmanaged
    {
        if (Plan is { Ranks.Size: > 1 })
        {
            return StagedState<T>(name, (nint)count);
        }

        return Part(MomentsFor<T>(count), name);
    }

    /// <summary>Goes on after so many steps, of which the state has been loaded.</summary>
    /// <param name="steps">At least 0.</param>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    public void Resume(long steps)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(steps);
        Steps = steps;
    }

    /// <summary>Forgets all earlier steps, and whose weights they moved.</summary>
    public void Reset()
    {
        _moments?.Dispose();
        _moments = null;
        ResetShards();
        Steps = 0;
        GradientNorm = double.NaN;
        _weightSum = 0.0;
        _weight = 1.0;
        _isLast = true;
    }

    /// <inheritdoc/>
    public void Dispose() => Reset();

    private void UpdateAll<T>(T* weights, T* gradient, long count, double learningRate, ReadOnlySpan<long> vectors)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        Check(vectors, count);
        if (Plan is not null)
        {
            UpdateSharded(weights, gradient, count, learningRate, vectors);
            return;
        }

        Moments<T> moments = MomentsFor<T>(count);
        double share = 1.0;
        if (!_isLast || _weightSum > 0.0)
        {
            gradient = AddToSum(gradient, moments);
            share = 1.0 / _weightSum;
            if (!_isLast)
            {
                return;
            }

            _weightSum = 0.0;
        }

        double scale =
            share * (MeasuresOrClips ? ClippingScale(share * MicroGpt.GradientNorm.Of(gradient, (nint)count, _vectorBits)) : 1.0);
        var factors = new UpdateFactors<T>(Rule, Steps + 1, learningRate, scale);
        _kernels.Update(Rule.Kind, weights, gradient, moments.All, factors, vectors);
        Steps++;
    }

    /// <summary>Adds a gradient to those of its step, and gives their sum.</summary>
    private T* AddToSum<T>(T* gradient, Moments<T> moments)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        T* sum = moments.GradientSum;
        _kernels.AddToSum(gradient, sum, moments.Count, T.CreateTruncating(_weight), isFirst: _weightSum == 0.0);
        _weightSum += _weight;
        return sum;
    }

    private bool MeasuresOrClips => Rule.ClipNorm is not null || MeasuresNorm;

    /// <summary>
    /// What to multiply a gradient of this norm by, beside its share in the sum of its step. A gradient that is not finite passes as it is,
    /// or becomes NaN: the run is to notice.
    /// </summary>
    private double ClippingScale(double norm)
    {
        GradientNorm = norm;
        return Rule.ClipNorm is not double limit ? 1.0
            : double.IsPositiveInfinity(norm) ? double.NaN
            : norm > limit ? limit / norm
            : 1.0;
    }

    /// <summary>The kernels work on raw memory, so where they are sent must be right.</summary>
    private static void Check(ReadOnlySpan<long> vectors, long count)
    {
        long last = 0;
        foreach (long bound in vectors)
        {
            if (bound < last || bound > count)
            {
                throw new ArgumentException(
                    $"The vectors are out of order or outside of the {count} weights, at {bound}.", nameof(vectors));
            }

            last = bound;
        }

        if (vectors.Length % 2 != 0)
        {
            throw new ArgumentException("The last of the vectors does not end.", nameof(vectors));
        }
    }

    private Moments<T> MomentsFor<T>(long count)
        where T : unmanaged
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (_moments is Moments<T> moments && moments.Count == count)
        {
            return moments;
        }

        if (_moments is not null)
        {
            throw OtherModel();
        }

        int each = Rule.Kind switch
        {
            UpdateKind.Sgd => 0,
            UpdateKind.Momentum => 1,
            _ => 2,
        };
        moments = new Moments<T>((nint)count, each);
        _moments = moments;
        return moments;
    }

    private T* Part<T>(Moments<T> moments, string name)
        where T : unmanaged => StateNames.ToList().IndexOf(name) switch
        {
            0 => moments.First,
            1 => moments.Second,
            _ => throw new ArgumentException($"{Rule.Kind} keeps nothing that is called '{name}'.", nameof(name)),
        };

    private static InvalidOperationException OtherModel() =>
        new("The optimizer's state belongs to another model. Give each model an optimizer of its own, or call Reset.");
}
