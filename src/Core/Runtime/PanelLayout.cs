using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using MicroGpt.Numerics;

namespace MicroGpt.Runtime;

/// <summary>One dimension of a matrix as it lies in memory: groups (attention heads) of channels, each group padded.</summary>
/// <param name="Groups">Number of groups; 1 for a plain dimension.</param>
/// <param name="Size">Channels of a group.</param>
/// <param name="Padded">Channels a group takes in memory.</param>
public readonly record struct PaddedAxis(int Groups, int Size, int Padded)
{
    /// <summary>Number of channels.</summary>
    public int Count => Groups * Size;

    /// <summary>Where a channel lies.</summary>
    public int Place(int channel) => (channel / Size * Padded) + (channel % Size);
}

/// <summary>
/// Converts matrices between the canonical form, dense [out][in], and panels: a matrix of R rows and C columns is
/// ceil(C / P) panels of R rows of P columns each, where P columns are a cache line (16 floats, 8 doubles).
/// </summary>
public static unsafe class PanelLayout
{
    /// <summary>Writes a canonical matrix into panels; what is not in the matrix is left as it is (zero, from the start).</summary>
    /// <param name="source">[out × in] canonical elements.</param>
    /// <param name="outer">The dimension "out".</param>
    /// <param name="inner">The dimension "in".</param>
    /// <param name="inMajor">True where rows of a panel are inputs (for y = x Wᵀ), false where they are outputs.</param>
    /// <param name="panelRows">Rows of a panel, padding included.</param>
    /// <param name="destination">The first panel.</param>
    public static void Pack<T>(
        ReadOnlySpan<double> source, PaddedAxis outer, PaddedAxis inner, bool inMajor, int panelRows, T* destination)
        where T : unmanaged, INumberBase<T>
    {
        for (int o = 0, element = 0; o < outer.Count; o++)
        {
            Run run;
            for (int channel = 0; channel < inner.Count; channel += run.Length, element += run.Length)
            {
                run = RunFrom<T>(channel, outer.Place(o), inner, inMajor, panelRows);
                var to = destination + run.Offset;
                foreach (double value in source.Slice(element, run.Length))
                {
                    *to = T.CreateTruncating(value);
                    to += run.Step;
                }
            }
        }
    }

    /// <summary>The inverse of <see cref="Pack"/>.</summary>
    public static void Unpack<T>(
        T* source, PaddedAxis outer, PaddedAxis inner, bool inMajor, int panelRows, Span<double> destination)
        where T : unmanaged, INumberBase<T>
    {
        for (int o = 0, element = 0; o < outer.Count; o++)
        {
            Run run;
            for (int channel = 0; channel < inner.Count; channel += run.Length, element += run.Length)
            {
                run = RunFrom<T>(channel, outer.Place(o), inner, inMajor, panelRows);
                var from = source + run.Offset;
                foreach (ref double value in destination.Slice(element, run.Length))
                {
                    value = double.CreateTruncating(*from);
                    from += run.Step;
                }
            }
        }
    }

    /// <summary>Copies a row that lies alone in its panels, one after the other.</summary>
    /// <param name="source">The first panel.</param>
    /// <param name="destination">As many elements as the row has.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void CopyRow(float* source, Span<double> destination)
    {
        int column = 0;
        for (; column <= destination.Length - Vector256<float>.Count; column += Vector256<float>.Count)
        {
            (Vector256<double> low, Vector256<double> high) = Vector256.Widen(Vector256.Load(source + column));
            low.CopyTo(destination[column..]);
            high.CopyTo(destination[(column + Vector256<double>.Count)..]);
        }

        for (; column < destination.Length; column++)
        {
            destination[column] = source[column];
        }
    }

    /// <inheritdoc cref="CopyRow(float*, Span{double})"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void CopyRow(double* source, Span<double> destination) =>
        new ReadOnlySpan<double>(source, destination.Length).CopyTo(destination);

    /// <summary>
    /// Copies rows into a cache, each to the place of its number; where there are more of them than places, the last ones, as in a ring.
    /// </summary>
    /// <param name="source">The first panel.</param>
    /// <param name="sourcePanel">Elements from one panel to the next.</param>
    /// <param name="rows">Number of rows.</param>
    /// <param name="destination">The first panel of the cache.</param>
    /// <param name="places">Rows that the cache has.</param>
    /// <param name="panels">Number of panels.</param>
    public static void CopyToCache<T>(T* source, nint sourcePanel, int rows, T* destination, int places, int panels)
        where T : unmanaged
    {
        int width = 64 / sizeof(T);
        for (int panel = 0; panel < panels; panel++)
        {
            T* from = source + (panel * sourcePanel);
            T* to = destination + ((nint)panel * places * width);
            for (int row = Math.Max(0, rows - places), end; row < rows; row = end)
            {
                // As far as the end of the ring.
                int place = row % places;
                end = Math.Min(rows, row + places - place);
                new ReadOnlySpan<T>(from + ((nint)row * width), (end - row) * width)
                    .CopyTo(new Span<T>(to + ((nint)place * width), (end - row) * width));
            }
        }
    }

    /// <summary>Transposes a matrix from panels into panels.</summary>
    /// <param name="source">The first panel of a matrix with <paramref name="rows"/> rows and <paramref name="columns"/> columns.</param>
    /// <param name="rows">A multiple of the width of a panel.</param>
    /// <param name="columns">A multiple of the width of a panel.</param>
    /// <param name="destination">The first panel of the transposed matrix.</param>
    public static void Transpose(float* source, int rows, int columns, float* destination)
    {
        delegate*<float*, float*, void> block = VectorSupport.PreferredBits switch
        {
            512 => &VectorMath.TransposeBlock512,
            256 => &VectorMath.TransposeBlock256,
            _ => &VectorMath.TransposeBlock128,
        };
        Transpose(source, rows, columns, destination, block);
    }

    /// <inheritdoc cref="Transpose(float*, int, int, float*)"/>
    public static void Transpose(double* source, int rows, int columns, double* destination)
    {
        delegate*<double*, double*, void> block = VectorSupport.PreferredBits switch
        {
            512 => &VectorMath.TransposeBlock512,
            256 => &VectorMath.TransposeBlock256,
            _ => &VectorMath.TransposeBlock128,
        };
        Transpose(source, rows, columns, destination, block);
    }

    private static void Transpose<T>(T* source, int rows, int columns, T* destination, delegate*<T*, T*, void> block)
        where T : unmanaged
    {
        int width = 64 / sizeof(T), rowPanels = rows / width, columnPanels = columns / width;
        nint elements = width * width;
        for (int c = 0; c < columnPanels; c++)
        {
            for (int r = 0; r < rowPanels; r++)
            {
                block(source + (((nint)c * rowPanels) + r) * elements, destination + (((nint)r * columnPanels) + c) * elements);
            }
        }
    }

    /// <summary>Neighbouring inputs of one output that lie at equal distances in memory.</summary>
    private readonly record struct Run(nint Offset, int Length, int Step);

    /// <summary>
    /// The longest run from one input on: the rest of its group where inputs are rows of a panel; where they lie side by side, no
    /// more than the rest of the panel.
    /// </summary>
    private static Run RunFrom<T>(int channel, int outerPlace, PaddedAxis inner, bool inMajor, int panelRows)
        where T : unmanaged
    {
        int width = 64 / sizeof(T);
        int place = inner.Place(channel);
        int restOfGroup = inner.Size - (channel % inner.Size);
        var (row, column) = inMajor ? (place, outerPlace) : (outerPlace, place);
        return new(
            ((nint)(column / width) * panelRows * width) + ((nint)row * width) + (column % width),
            inMajor ? restOfGroup : Math.Min(restOfGroup, width - (place % width)),
            inMajor ? width : 1);
    }
}
