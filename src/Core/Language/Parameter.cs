namespace MicroGpt;

/// <summary>
/// A parameter: a matrix [rows, columns] or a vector [length]. It is a description, shape and start; the numbers belong to an
/// <see cref="EagerModel"/>, or to a compiled model. A vector may stand wherever a tensor may.
/// </summary>
public sealed class Parameter : Tensor
{
    private readonly int _rows;

    internal Parameter(string name, int rows, int columns, bool isVector, double mean, double? std)
        : base(isVector, new Axis(1, columns), "a parameter")
    {
        _rows = rows;
        Name = name;
        Mean = mean;
        Std = std;
        NeedsGradient = true;
    }

    /// <summary>Name, as well as it is known: the path of fields where a compiled model tells it.</summary>
    public string Name { get; internal set; }

    /// <summary>What its elements start at, or around.</summary>
    internal double Mean { get; }

    /// <summary>Standard deviation of the distribution that they start from; null for the model's.</summary>
    internal double? Std { get; }

    internal override int StoredRows => _rows;

    internal override string Label => Name;

    internal override string ShapeText => IsVector ? base.ShapeText : $"[{_rows}, {Axis}]";

    /// <summary>The row of each token: [rows, columns].</summary>
    /// <exception cref="LanguageException">It is a vector, or has fewer rows than the vocabulary has tokens.</exception>
    public Tensor this[Tokens tokens] => Read(tokens.Pass, tokens.Pass.Tokens, tokens.Pass.VocabSize, "tokens", "vocabulary");

    /// <summary>The row of each position: [rows, columns].</summary>
    /// <exception cref="LanguageException">It is a vector, has fewer rows than the block has positions, or the block size is 0.</exception>
    public Tensor this[Positions positions]
    {
        get
        {
            if (positions.Pass.BlockSize == 0)
            {
                throw new LanguageException(
                    $"{this} is read by positions, of which there is no limit where BlockSize is 0: give a BlockSize");
            }

            return Read(positions.Pass, positions.Pass.Positions, positions.Pass.BlockSize, "positions", "block");
        }
    }

    /// <summary>Begins a forward pass with some values, and with no gradient.</summary>
    internal void Begin(ForwardPass pass, double[] values)
    {
        Pass = pass;
        Values = values;
        Gradient = null;
    }

    internal override Tensor Operand() => IsVector
        ? Started()
        : throw new LanguageException(
            $"{this} is a matrix: it stands only in Linear's second argument and before [tokens] or [tokens.Positions]");

    /// <summary>The parameter as a matrix.</summary>
    internal Parameter Matrix(string use) => IsVector
        ? throw new LanguageException($"{this} is a vector: {use}")
        : Started();

    private Parameter Started() => Pass is null
        ? throw new LanguageException($"{this} has no numbers: a forward pass is run by the EagerModel that made its model")
        : this;

    private Tensor Read(ForwardPass pass, int[] indices, int needed, string by, string of)
    {
        _ = Matrix($"only a matrix has rows to read by {by}");
        if (_rows < needed)
        {
            throw new LanguageException($"{this} has {_rows} rows, but the {of} has {needed} {by}");
        }

        return RowOperations.Embed(this, pass, indices);
    }
}
