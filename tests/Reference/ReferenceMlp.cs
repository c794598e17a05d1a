namespace MicroGpt.Reference;

/// <summary>The bigram MLP of the course's steps 1 and 2: <c>logits = fc2 · relu(fc1 · wte[token])</c>.</summary>
public sealed class ReferenceMlp : IReferenceNetwork
{
    private readonly ParameterInfo _wte;
    private readonly ParameterInfo _fc1;
    private readonly ParameterInfo _fc2;

    /// <summary>Lays out the parameters.</summary>
    /// <param name="vocabSize">Number of tokens.</param>
    /// <param name="nEmbd">Channels of the embedding; the hidden layer has four times as many.</param>
    public ReferenceMlp(int vocabSize, int nEmbd)
    {
        var table = new ParameterTable();
        _wte = table.Add("wte", vocabSize, nEmbd);
        _fc1 = table.Add("mlp_fc1", 4 * nEmbd, nEmbd);
        _fc2 = table.Add("mlp_fc2", vocabSize, 4 * nEmbd);
        Description = new ModelDescription
        {
            Name = nameof(ReferenceMlp),
            Architecture = "MLP",
            VocabSize = vocabSize,
            BlockSize = null,
            NEmbd = nEmbd,
            NHead = 0,
            NLayer = 0,
            Precision = Precision.Double,
            Optimizer = Optimizer.Sgd,
            InitStd = 0.08,
            Parameters = table.All,
            FlopsPerRow = 6L * ((4L * nEmbd * nEmbd) + (4L * vocabSize * nEmbd)),
            FlopsPerPair = 0,
        };
    }

    /// <inheritdoc/>
    public ModelDescription Description { get; }

    /// <inheritdoc/>
    public Value[] Logits(Tape tape, DocumentMemory memory, int token, int position)
    {
        Value[] hidden = Layers.Relu(Layers.Linear(tape, _fc1, Layers.Embedding(tape, _wte, token)));
        return Layers.Linear(tape, _fc2, hidden);
    }
}
