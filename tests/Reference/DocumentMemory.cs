namespace MicroGpt.Reference;

/// <summary>
/// What is kept of one document from position to position: each layer's keys and values, and, for whoever wants to look at them,
/// the attention weights.
/// </summary>
public sealed class DocumentMemory
{
    private readonly List<Value[]>[] _keys;
    private readonly List<Value[]>[] _values;
    private readonly List<double[]>[,] _weights;

    /// <summary>Begins a document.</summary>
    /// <param name="layers">Number of layers; 0 for a network without attention.</param>
    /// <param name="heads">Attention heads a layer.</param>
    public DocumentMemory(int layers, int heads)
    {
        _keys = new List<Value[]>[layers];
        _values = new List<Value[]>[layers];
        _weights = new List<double[]>[layers, heads];
        for (int layer = 0; layer < layers; layer++)
        {
            _keys[layer] = [];
            _values[layer] = [];
            for (int head = 0; head < heads; head++)
            {
                _weights[layer, head] = [];
            }
        }
    }

    /// <summary>[positions so far] keys of a layer, all heads side by side.</summary>
    public List<Value[]> Keys(int layer) => _keys[layer];

    /// <summary>[positions so far] values of a layer, all heads side by side.</summary>
    public List<Value[]> Values(int layer) => _values[layer];

    /// <summary>[query][key ≤ query] attention weights of a head.</summary>
    public List<double[]> AttentionWeights(int layer, int head) => _weights[layer, head];
}
