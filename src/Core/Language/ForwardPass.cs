namespace MicroGpt;

/// <summary>One run of a model's forward pass over a batch: what it reads, and the tape of what it computes.</summary>
internal sealed class ForwardPass
{
    private int _dropoutSites;

    public ForwardPass(in Batch batch, int vocabSize, int blockSize)
    {
        VocabSize = vocabSize;
        BlockSize = blockSize;
        Tokens = batch.Tokens.ToArray();
        Targets = batch.Targets.ToArray();
        Positions = new int[Tokens.Length];
        for (int segment = 0; segment < batch.Segments; segment++)
        {
            for (int row = batch.Starts[segment]; row < batch.Starts[segment + 1]; row++)
            {
                Positions[row] = row - batch.Starts[segment];
            }
        }
    }

    public int VocabSize { get; }

    /// <summary>Most positions of a document; 0 where there is no limit.</summary>
    public int BlockSize { get; }

    /// <summary>[rows] token at each row.</summary>
    public int[] Tokens { get; }

    /// <summary>[rows] token to predict at each row.</summary>
    public int[] Targets { get; }

    /// <summary>[rows] place of each row in its document.</summary>
    public int[] Positions { get; }

    public int Rows => Tokens.Length;

    /// <summary>What dropout draws from in a training step; null where nothing is dropped.</summary>
    public DropoutDraw? Dropout { get; init; }

    /// <summary>Whether the model's <c>Forward</c> is running, where no number can be read.</summary>
    public bool IsRunning { get; set; }

    /// <summary>Everything computed so far, in order: each tensor after those that it was computed from.</summary>
    public List<Tensor> Tape { get; } = [];

    /// <summary>Number of the next call of dropout.</summary>
    public int NextDropoutSite() => _dropoutSites++;

    /// <summary>Adds up the gradient of everything on the tape, from the last to the first.</summary>
    /// <param name="output">Where the gradient begins.</param>
    /// <param name="gradient">The gradient of the loss with respect to it.</param>
    public void Backpropagate(Tensor output, double[] gradient)
    {
        output.Gradient = gradient;
        for (int i = Tape.Count - 1; i >= 0; i--)
        {
            if (Tape[i].Gradient is not null)
            {
                Tape[i].Backpropagate?.Invoke();
            }
        }
    }

    /// <summary>The pass that all of some values belong to; null where none belongs to any, which is so of numbers alone.</summary>
    /// <exception cref="LanguageException">They belong to different ones.</exception>
    public static ForwardPass? Common(params ReadOnlySpan<Tensor> tensors)
    {
        ForwardPass? pass = null;
        var first = tensors[0];
        foreach (var tensor in tensors)
        {
            if (pass is not null && tensor.Pass is not null && tensor.Pass != pass)
            {
                var stale = pass.IsRunning ? tensor : first;
                throw new LanguageException(
                    $"{stale} belongs to another run of the forward pass: a value cannot be kept from one to the next");
            }

            first = pass is null ? tensor : first;
            pass ??= tensor.Pass;
        }

        return pass;
    }
}
