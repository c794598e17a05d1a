namespace MicroGpt;

// Of rows: these take channels flat and give them ungrouped.
public static partial class Functions
{
    /// <summary>x Wᵀ + b</summary>
    /// <param name="x">[rows, in]</param>
    /// <param name="matrix">W, [out, in]</param>
    /// <param name="bias">b, a vector [out]; none adds nothing.</param>
    /// <returns>[rows, out]</returns>
    /// <exception cref="LanguageException">The channels do not meet.</exception>
    public static Tensor Linear(Tensor x, Parameter matrix, Tensor? bias = null)
    {
        var y = RowOperations.Linear(x, matrix);
        return bias is null ? y
            : bias.Channels == y.Channels ? y + bias.Heads(1)
            : throw new LanguageException($"the bias {bias} has {bias.Channels} channels, but {matrix} gives {y.Channels}");
    }

    /// <summary>
    /// Rotary positions (Su et al., 2021): in each head of d channels, pair i turned by position · θ^(−2i / d), computed in double.
    /// </summary>
    /// <param name="x">[rows, heads·d], d even.</param>
    /// <param name="tokens">The model's tokens, which know the positions.</param>
    /// <param name="heads">Number of heads.</param>
    /// <param name="theta">θ</param>
    /// <param name="interleaved">Whether a pair is channels 2i and 2i + 1; else i and i + d / 2.</param>
    /// <returns>[rows, heads·d]</returns>
    /// <exception cref="LanguageException">A head has an odd number of channels.</exception>
    public static Tensor Rope(Tensor x, Tokens tokens, int heads, double theta = 10000, bool interleaved = false) =>
        RowOperations.Rope(x, tokens, heads, theta, interleaved);

    /// <summary>
    /// Causal attention within each document: for each head, the mean of the values of the positions up to a row's own, weighted by
    /// softmax(scale q·k). Query head h reads key head h / (heads / keyHeads).
    /// </summary>
    /// <param name="q">[rows, heads·d]</param>
    /// <param name="k">[rows, keyHeads·d]</param>
    /// <param name="v">[rows, keyHeads·e]</param>
    /// <param name="tokens">The model's tokens, which know the documents.</param>
    /// <param name="heads">Number of query heads.</param>
    /// <param name="keyHeads">Number of key heads, which divides that of query heads; as many unless given.</param>
    /// <param name="scale">Factor of q·k; 1 / √d unless given.</param>
    /// <param name="window">Each row sees the last so many positions, its own included; all unless given.</param>
    /// <param name="softcap">c where scores s become c tanh(s / c).</param>
    /// <returns>[rows, heads·e]</returns>
    /// <exception cref="LanguageException">
    /// The channels are not those of whole heads, or the block size is 0 and there is no window.
    /// </exception>
    public static Tensor Attention(
        Tensor q,
        Tensor k,
        Tensor v,
        Tokens tokens,
        int heads,
        int? keyHeads = null,
        double? scale = null,
        int? window = null,
        double? softcap = null)
    {
        int ofKeys = keyHeads ?? heads;
        RowOperations.RequireRows(q, "Attention");
        RowOperations.RequireRows(k, "Attention");
        RowOperations.RequireRows(v, "Attention");
        Tensor groupedQ = q.Heads(heads), groupedK = k.Heads(ofKeys), groupedV = v.Heads(ofKeys);
        if (heads % ofKeys != 0)
        {
            throw new LanguageException($"Attention: {heads} heads are not a whole number for each of {ofKeys} key heads");
        }

        if (groupedQ.GroupSize != groupedK.GroupSize)
        {
            throw new LanguageException(
                $"Attention: a head of q {groupedQ} has {groupedQ.GroupSize} channels, one of k {groupedK} has {groupedK.GroupSize}");
        }

        if (window is < 1)
        {
            throw new LanguageException($"Attention: a window of {window} positions is none; give at least 1, or none for all");
        }

        if (scale is { } factor && !double.IsFinite(factor))
        {
            throw new LanguageException($"Attention: the scale must be a finite number, not {TensorText.Number(factor)}");
        }

        if (softcap is { } cap && !(cap > 0 && double.IsFinite(cap)))
        {
            throw new LanguageException($"Attention: a soft cap must be a finite number of more than 0, not {TensorText.Number(cap)}");
        }

        if (tokens.Pass.BlockSize == 0 && window is null)
        {
            throw new LanguageException("Attention needs a limit where BlockSize is 0: give a BlockSize or a window");
        }

        var pass = RowOperations.CommonWith(tokens.Pass, groupedQ, groupedK, groupedV);
        return AttentionOperation.Apply(groupedQ, groupedK, groupedV, pass, scale, window, softcap);
    }
}
