namespace MicroGpt.Reference;

/// <summary>
/// The GPT of the course's steps 3 to 5, written as in microgpt.py: one token at a time, with a key/value cache a layer.
/// </summary>
public sealed class ReferenceGpt : IReferenceNetwork
{
    private readonly int _nHead;
    private readonly ParameterInfo _wte;
    private readonly ParameterInfo _wpe;
    private readonly ParameterInfo _lmHead;
    private readonly Layer[] _layers;

    /// <summary>Lays out the parameters.</summary>
    /// <param name="vocabSize">Number of tokens.</param>
    /// <param name="blockSize">Largest number of positions.</param>
    /// <param name="nEmbd">Channels; a multiple of <paramref name="nHead"/>.</param>
    /// <param name="nHead">Attention heads a layer.</param>
    /// <param name="nLayer">Layers.</param>
    /// <param name="order">Order and names of the parameters.</param>
    /// <exception cref="ArgumentException"><paramref name="nEmbd"/> is not a multiple of <paramref name="nHead"/>.</exception>
    public ReferenceGpt(int vocabSize, int blockSize, int nEmbd, int nHead, int nLayer, ParameterOrder order = ParameterOrder.HeadFirst)
    {
        if (nEmbd % nHead != 0)
        {
            throw new ArgumentException($"{nEmbd} channels do not divide among {nHead} heads.", nameof(nHead));
        }

        _nHead = nHead;
        var table = new ParameterTable();
        _wte = table.Add("wte", vocabSize, nEmbd);
        _wpe = table.Add("wpe", blockSize, nEmbd);
        ParameterInfo? head = order == ParameterOrder.HeadFirst ? table.Add("lm_head", vocabSize, nEmbd) : null;
        _layers = new Layer[nLayer];
        for (int layer = 0; layer < nLayer; layer++)
        {
            string prefix = order == ParameterOrder.HeadLast && nLayer == 1 ? "" : $"layer{layer}.";
            _layers[layer] = new Layer(
                Wq: table.Add(prefix + "attn_wq", nEmbd, nEmbd),
                Wk: table.Add(prefix + "attn_wk", nEmbd, nEmbd),
                Wv: table.Add(prefix + "attn_wv", nEmbd, nEmbd),
                Wo: table.Add(prefix + "attn_wo", nEmbd, nEmbd),
                Fc1: table.Add(prefix + "mlp_fc1", 4 * nEmbd, nEmbd),
                Fc2: table.Add(prefix + "mlp_fc2", nEmbd, 4 * nEmbd));
        }

        _lmHead = head ?? table.Add("lm_head", vocabSize, nEmbd);
        Description = new ModelDescription
        {
            Name = nameof(ReferenceGpt),
            Architecture = "GPT",
            VocabSize = vocabSize,
            BlockSize = blockSize,
            NEmbd = nEmbd,
            NHead = nHead,
            NLayer = nLayer,
            Precision = Precision.Double,
            Optimizer = Optimizer.Sgd,
            InitStd = 0.08,
            Parameters = table.All,
            // A multiply-add counts as two operations and is done once forward and twice backward.
            FlopsPerRow = 6L * ((12L * nLayer * nEmbd * nEmbd) + ((long)vocabSize * nEmbd)),
            FlopsPerPair = 12L * nLayer * nEmbd,
        };
    }

    /// <inheritdoc/>
    public ModelDescription Description { get; }

    /// <inheritdoc/>
    public Value[] Logits(Tape tape, DocumentMemory memory, int token, int position)
    {
        Value[] x = Layers.Add(Layers.Embedding(tape, _wte, token), Layers.Embedding(tape, _wpe, position));
        x = Layers.RmsNorm(x);
        for (int i = 0; i < _layers.Length; i++)
        {
            Layer layer = _layers[i];
            Value[] normed = Layers.RmsNorm(x);
            Value[] q = Layers.Linear(tape, layer.Wq, normed);
            memory.Keys(i).Add(Layers.Linear(tape, layer.Wk, normed));
            memory.Values(i).Add(Layers.Linear(tape, layer.Wv, normed));
            x = Layers.Add(Layers.Linear(tape, layer.Wo, Attend(memory, i, q)), x);

            Value[] hidden = Layers.Relu(Layers.Linear(tape, layer.Fc1, Layers.RmsNorm(x)));
            x = Layers.Add(Layers.Linear(tape, layer.Fc2, hidden), x);
        }

        return Layers.Linear(tape, _lmHead, x);
    }

    /// <summary>Each head's mean of the values so far, weighted by softmax(q·k / √head dimension); the heads side by side.</summary>
    private Value[] Attend(DocumentMemory memory, int layer, Value[] q)
    {
        List<Value[]> keys = memory.Keys(layer);
        List<Value[]> values = memory.Values(layer);
        int headDim = q.Length / _nHead;
        var y = new Value[q.Length];
        for (int head = 0; head < _nHead; head++)
        {
            int start = head * headDim;
            var scores = new Value[keys.Count];
            for (int t = 0; t < scores.Length; t++)
            {
                scores[t] = Layers.Dot(q.AsSpan(start, headDim), keys[t].AsSpan(start, headDim)) / Math.Sqrt(headDim);
            }

            Value[] weights = Layers.Softmax(scores);
            memory.AttentionWeights(layer, head).Add(Array.ConvertAll(weights, weight => weight.Data));
            for (int channel = start; channel < start + headDim; channel++)
            {
                Value sum = weights[0] * values[0][channel];
                for (int t = 1; t < weights.Length; t++)
                {
                    sum += weights[t] * values[t][channel];
                }

                y[channel] = sum;
            }
        }

        return y;
    }

    private sealed record Layer(
        ParameterInfo Wq, ParameterInfo Wk, ParameterInfo Wv, ParameterInfo Wo, ParameterInfo Fc1, ParameterInfo Fc2);
}
