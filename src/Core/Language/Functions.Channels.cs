namespace MicroGpt;

// Over the channels of each group: of all, where there are no groups.
public static partial class Functions
{
    /// <summary>The same value, through which no gradient flows.</summary>
    /// <param name="x">[rows, channels], or a vector.</param>
    public static Tensor Detach(Tensor x) => ChannelOperations.Detach(x);

    /// <summary>The sum over the channels of each group.</summary>
    /// <param name="x">[rows, n·d], or a vector.</param>
    /// <returns>[rows, n·1]</returns>
    public static Tensor Sum(Tensor x) => ChannelOperations.Sum(x);

    /// <summary>The largest of the channels of each group; its gradient is shared evenly by all that are as large.</summary>
    /// <param name="x">[rows, n·d], or a vector.</param>
    /// <returns>[rows, n·1]</returns>
    public static Tensor Largest(Tensor x) => ChannelOperations.Largest(x);

    /// <summary>The channels of each tensor after those of the one before, within each group. A vector is repeated for every row.</summary>
    /// <param name="parts">[rows, n·dᵢ], or vectors, with equal groups.</param>
    /// <returns>[rows, n·(d₁ + d₂ + ...)]</returns>
    /// <exception cref="LanguageException">There is none, or their groups differ.</exception>
    public static Tensor Concat(params Tensor[] parts) => ChannelOperations.Concat(parts);

    /// <summary>
    /// In a training step each element becomes 0 with a probability, the others are divided by 1 minus that (Srivastava et al., 2014);
    /// else nothing happens. What is dropped is a function of the run's seed, the step, the call, the row and the channel.
    /// </summary>
    /// <param name="x">[rows, channels]</param>
    /// <param name="rate">The probability: at least 0, less than 1.</param>
    /// <exception cref="LanguageException">x is a vector, or the rate is out of range.</exception>
    public static Tensor Dropout(Tensor x, double rate) => RowOperations.Dropout(x, rate);
}
