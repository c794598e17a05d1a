using System.Runtime.CompilerServices;

namespace MicroGpt.Runtime;

/// <summary>
/// A checked copy of a batch in memory that kernels can read through pointers: nothing that reaches a kernel can make it
/// read or write outside its arena.
/// </summary>
public sealed unsafe class PackedRows : IDisposable
{
    private readonly int _vocabSize;
    private readonly int _blockSize;
    private readonly Arena<int> _memory;
    private readonly Arena<double> _sums;

    /// <summary>Most rows that a batch can have, 134,217,728: a panel of so many has the elements that kernels count in 32 bits.</summary>
    public const int MostRows = 1 << 27;

    /// <summary>Makes room for batches.</summary>
    /// <param name="capacity">Most rows of a batch.</param>
    /// <param name="vocabSize">Tokens are 0 to this, exclusive.</param>
    /// <param name="blockSize">Most rows of a segment; 0 for no limit.</param>
    /// <exception cref="ArgumentOutOfRangeException">The capacity is beyond <see cref="MostRows"/>.</exception>
    public PackedRows(int capacity, int vocabSize, int blockSize)
    {
        if (capacity > MostRows)
        {
            throw new ArgumentOutOfRangeException(
                nameof(capacity), capacity, $"A batch has at most {MostRows} rows; divide it into smaller ones.");
        }

        Capacity = capacity;
        _vocabSize = vocabSize;
        _blockSize = blockSize;
        _memory = new Arena<int>((4L * capacity) + 1);
        _sums = new Arena<double>((capacity + 31) / 32);
    }

    /// <summary>Most rows of a batch.</summary>
    public int Capacity { get; }

    /// <summary>Rows of the batch.</summary>
    public int Rows { get; private set; }

    /// <summary>Segments of the batch.</summary>
    public int Segments { get; private set; }

    /// <summary>[rows] token read at each row.</summary>
    public int* Tokens => _memory.Pointer;

    /// <summary>[rows] token to predict at each row.</summary>
    public int* Targets => _memory.Pointer + Capacity;

    /// <summary>[rows] place of each row in its segment.</summary>
    public int* Positions => _memory.Pointer + (2L * Capacity);

    /// <summary>[segments + 1] first row of each segment, then the number of rows.</summary>
    public int* Starts => _memory.Pointer + (3L * Capacity);

    /// <summary>Room for one sum of the loss for every 32 rows.</summary>
    public double* Sums => _sums.Pointer;

    /// <summary>Copies a batch in.</summary>
    /// <exception cref="ArgumentException">
    /// The batch is empty, has more rows than fit, spans of different lengths, segments out of order or longer than the block
    /// size, or a token outside the vocabulary. The message says which, and where.
    /// </exception>
    // Part of every step, and optimised at its first call: by itself the runtime waits until nothing new has been compiled for a tenth of
    // a second, or for a second where there is one processor, in which a small model trains 300,000 steps.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Load(in Batch batch)
    {
        CheckShape(batch);
        int rows = batch.Rows;
        int* tokens = Tokens, targets = Targets, positions = Positions, starts = Starts;
        for (int row = 0; row < rows; row++)
        {
            int token = batch.Tokens[row], target = batch.Targets[row];
            if ((uint)token >= (uint)_vocabSize || (uint)target >= (uint)_vocabSize)
            {
                throw BadToken(row, (uint)token >= (uint)_vocabSize ? token : target);
            }

            tokens[row] = token;
            targets[row] = target;
        }

        for (int segment = 0; segment < batch.Segments; segment++)
        {
            int first = batch.Starts[segment], last = batch.Starts[segment + 1];
            starts[segment] = first;
            for (int row = first; row < last; row++)
            {
                positions[row] = row - first;
            }
        }

        starts[batch.Segments] = rows;
        Rows = rows;
        Segments = batch.Segments;
    }

    /// <summary>Sets one row at a position, for decoding.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The token or the position is out of range.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void LoadOne(int token, int position)
    {
        if ((uint)token >= (uint)_vocabSize)
        {
            throw new ArgumentOutOfRangeException(nameof(token), token, $"Tokens are 0 to {_vocabSize - 1}.");
        }

        // The number of positions so far is counted too.
        int positions = _blockSize > 0 ? _blockSize : int.MaxValue;
        if (position < 0 || position >= positions)
        {
            throw new ArgumentOutOfRangeException(nameof(position), position, $"Positions are 0 to {positions - 1}.");
        }

        Tokens[0] = token;
        Positions[0] = position;
        Rows = 1;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _memory.Dispose();
        _sums.Dispose();
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void CheckShape(in Batch batch)
    {
        if (batch.Rows == 0)
        {
            throw new ArgumentException("The batch has no rows.", nameof(batch));
        }

        if (batch.Rows > Capacity)
        {
            throw new ArgumentException(
                $"The batch has {batch.Rows} rows, "
                    + $"but the model was made for at most {Capacity}; give its constructor a larger row capacity.",
                nameof(batch));
        }

        if (batch.Targets.Length != batch.Rows)
        {
            throw new ArgumentException($"There are {batch.Rows} tokens but {batch.Targets.Length} targets.", nameof(batch));
        }

        if (batch.Segments < 1 || batch.Starts[0] != 0 || batch.Starts[^1] != batch.Rows)
        {
            throw new ArgumentException($"Starts must begin with 0 and end with the number of rows, {batch.Rows}.", nameof(batch));
        }

        for (int segment = 0; segment < batch.Segments; segment++)
        {
            int length = batch.Starts[segment + 1] - batch.Starts[segment];
            if (length <= 0)
            {
                throw new ArgumentException($"Starts must increase, but segment {segment} has {length} rows.", nameof(batch));
            }

            if (_blockSize > 0 && length > _blockSize)
            {
                throw new ArgumentException(
                    $"Segment {segment} has {length} rows, more than the block size {_blockSize}.", nameof(batch));
            }
        }
    }

    private ArgumentException BadToken(int row, int token) =>
        new($"Row {row} has token {token}, but tokens are 0 to {_vocabSize - 1}.", "batch");
}
