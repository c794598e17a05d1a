using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace MicroGpt.Numerics;

// Transposition of square blocks whose rows are 64 bytes: 16 x 16 floats or 8 x 8 doubles, dense.
public static unsafe partial class VectorMath
{
    private const int FloatRow = 16;
    private const int DoubleRow = 8;

    /// <summary>Transposes a dense block of 16 x 16 floats (1 KB) with 128-bit vectors.</summary>
    /// <param name="source">[16, 16], any alignment.</param>
    /// <param name="destination">[16, 16], any alignment; must not overlap the source.</param>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void TransposeBlock128(float* source, float* destination)
    {
        for (int row = 0; row < FloatRow; row += 4)
        {
            for (int column = 0; column < FloatRow; column += 4)
            {
                float* from = source + row * FloatRow + column;
                float* to = destination + column * FloatRow + row;
                Vector128<float> row0 = Vector128.Load(from);
                Vector128<float> row1 = Vector128.Load(from + FloatRow);
                Vector128<float> row2 = Vector128.Load(from + 2 * FloatRow);
                Vector128<float> row3 = Vector128.Load(from + 3 * FloatRow);
                Vector128<double> low01 = InterleaveLow(row0, row1).AsDouble();
                Vector128<double> high01 = InterleaveHigh(row0, row1).AsDouble();
                Vector128<double> low23 = InterleaveLow(row2, row3).AsDouble();
                Vector128<double> high23 = InterleaveHigh(row2, row3).AsDouble();
                InterleaveLow(low01, low23).AsSingle().Store(to);
                InterleaveHigh(low01, low23).AsSingle().Store(to + FloatRow);
                InterleaveLow(high01, high23).AsSingle().Store(to + 2 * FloatRow);
                InterleaveHigh(high01, high23).AsSingle().Store(to + 3 * FloatRow);
            }
        }
    }

    /// <summary>Transposes a dense block of 8 x 8 doubles (512 bytes) with 128-bit vectors.</summary>
    /// <param name="source">[8, 8], any alignment.</param>
    /// <param name="destination">[8, 8], any alignment; must not overlap the source.</param>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void TransposeBlock128(double* source, double* destination)
    {
        for (int row = 0; row < DoubleRow; row += 2)
        {
            for (int column = 0; column < DoubleRow; column += 2)
            {
                double* from = source + row * DoubleRow + column;
                double* to = destination + column * DoubleRow + row;
                Vector128<double> row0 = Vector128.Load(from);
                Vector128<double> row1 = Vector128.Load(from + DoubleRow);
                InterleaveLow(row0, row1).Store(to);
                InterleaveHigh(row0, row1).Store(to + DoubleRow);
            }
        }
    }

    /// <summary>Transposes a dense block of 16 x 16 floats (1 KB) with 256-bit vectors.</summary>
    /// <inheritdoc cref="TransposeBlock128(float*, float*)"/>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void TransposeBlock256(float* source, float* destination)
    {
        if (!Avx.IsSupported)
        {
            TransposeBlock128(source, destination);
            return;
        }

        for (int row = 0; row < FloatRow; row += 8)
        {
            for (int column = 0; column < FloatRow; column += 8)
            {
                float* from = source + row * FloatRow + column;
                float* to = destination + column * FloatRow + row;

                // Loading row i and row i + 4 side by side moves the exchange of halves from the shuffle unit to the loads.
                TransposeHalves(from, to);
                TransposeHalves(from + 4, to + 4 * FloatRow);
            }
        }
    }

    /// <summary>Transposes a dense block of 8 x 8 doubles (512 bytes) with 256-bit vectors.</summary>
    /// <inheritdoc cref="TransposeBlock128(double*, double*)"/>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void TransposeBlock256(double* source, double* destination)
    {
        if (!Avx.IsSupported)
        {
            TransposeBlock128(source, destination);
            return;
        }

        for (int row = 0; row < DoubleRow; row += 4)
        {
            for (int column = 0; column < DoubleRow; column += 2)
            {
                double* from = source + row * DoubleRow + column;
                double* to = destination + column * DoubleRow + row;
                Vector256<double> rows02 = Vector256.Create(Vector128.Load(from), Vector128.Load(from + 2 * DoubleRow));
                Vector256<double> rows13 = Vector256.Create(
                    Vector128.Load(from + DoubleRow), Vector128.Load(from + 3 * DoubleRow));
                Avx.UnpackLow(rows02, rows13).Store(to);
                Avx.UnpackHigh(rows02, rows13).Store(to + DoubleRow);
            }
        }
    }

    /// <summary>Transposes a dense block of 16 x 16 floats (1 KB) with 512-bit vectors.</summary>
    /// <inheritdoc cref="TransposeBlock128(float*, float*)"/>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void TransposeBlock512(float* source, float* destination)
    {
        if (!Avx512F.IsSupported)
        {
            TransposeBlock256(source, destination);
            return;
        }

        // Within quarters first: quarter L of colK_R holds column 4L + K of the rows R to R + 3.
        TransposeQuarters(source, out var col0_0, out var col1_0, out var col2_0, out var col3_0);
        TransposeQuarters(source + 4 * FloatRow, out var col0_4, out var col1_4, out var col2_4, out var col3_4);
        TransposeQuarters(source + 8 * FloatRow, out var col0_8, out var col1_8, out var col2_8, out var col3_8);
        TransposeQuarters(source + 12 * FloatRow, out var col0_12, out var col1_12, out var col2_12, out var col3_12);

        // Then the 4 x 4 quarters of the columns K, 4 + K, 8 + K and 12 + K.
        StoreColumns(destination, col0_0, col0_4, col0_8, col0_12);
        StoreColumns(destination + FloatRow, col1_0, col1_4, col1_8, col1_12);
        StoreColumns(destination + 2 * FloatRow, col2_0, col2_4, col2_8, col2_12);
        StoreColumns(destination + 3 * FloatRow, col3_0, col3_4, col3_8, col3_12);
    }

    /// <summary>Transposes a dense block of 8 x 8 doubles (512 bytes) with 512-bit vectors.</summary>
    /// <inheritdoc cref="TransposeBlock128(double*, double*)"/>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    public static void TransposeBlock512(double* source, double* destination)
    {
        if (!Avx512F.IsSupported)
        {
            TransposeBlock256(source, destination);
            return;
        }

        Vector512<double> row0 = Vector512.Load(source);
        Vector512<double> row1 = Vector512.Load(source + DoubleRow);
        Vector512<double> row2 = Vector512.Load(source + 2 * DoubleRow);
        Vector512<double> row3 = Vector512.Load(source + 3 * DoubleRow);
        Vector512<double> row4 = Vector512.Load(source + 4 * DoubleRow);
        Vector512<double> row5 = Vector512.Load(source + 5 * DoubleRow);
        Vector512<double> row6 = Vector512.Load(source + 6 * DoubleRow);
        Vector512<double> row7 = Vector512.Load(source + 7 * DoubleRow);
        StoreColumns(
            destination,
            Avx512F.UnpackLow(row0, row1), Avx512F.UnpackLow(row2, row3),
            Avx512F.UnpackLow(row4, row5), Avx512F.UnpackLow(row6, row7));
        StoreColumns(
            destination + DoubleRow,
            Avx512F.UnpackHigh(row0, row1), Avx512F.UnpackHigh(row2, row3),
            Avx512F.UnpackHigh(row4, row5), Avx512F.UnpackHigh(row6, row7));
    }

    // Columns 0 to 3 of eight rows become four rows of eight.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TransposeHalves(float* from, float* to)
    {
        Vector256<float> rows04 = Vector256.Create(Vector128.Load(from), Vector128.Load(from + 4 * FloatRow));
        Vector256<float> rows15 = Vector256.Create(Vector128.Load(from + FloatRow), Vector128.Load(from + 5 * FloatRow));
        Vector256<float> rows26 = Vector256.Create(Vector128.Load(from + 2 * FloatRow), Vector128.Load(from + 6 * FloatRow));
        Vector256<float> rows37 = Vector256.Create(Vector128.Load(from + 3 * FloatRow), Vector128.Load(from + 7 * FloatRow));
        Vector256<double> low01 = Avx.UnpackLow(rows04, rows15).AsDouble();
        Vector256<double> high01 = Avx.UnpackHigh(rows04, rows15).AsDouble();
        Vector256<double> low23 = Avx.UnpackLow(rows26, rows37).AsDouble();
        Vector256<double> high23 = Avx.UnpackHigh(rows26, rows37).AsDouble();
        Avx.UnpackLow(low01, low23).AsSingle().Store(to);
        Avx.UnpackHigh(low01, low23).AsSingle().Store(to + FloatRow);
        Avx.UnpackLow(high01, high23).AsSingle().Store(to + 2 * FloatRow);
        Avx.UnpackHigh(high01, high23).AsSingle().Store(to + 3 * FloatRow);
    }

    // Four rows, transposed within each quarter of 128 bits.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TransposeQuarters(
        float* rows,
        out Vector512<double> column0, out Vector512<double> column1,
        out Vector512<double> column2, out Vector512<double> column3)
    {
        Vector512<float> row0 = Vector512.Load(rows);
        Vector512<float> row1 = Vector512.Load(rows + FloatRow);
        Vector512<float> row2 = Vector512.Load(rows + 2 * FloatRow);
        Vector512<float> row3 = Vector512.Load(rows + 3 * FloatRow);
        Vector512<double> low01 = Avx512F.UnpackLow(row0, row1).AsDouble();
        Vector512<double> high01 = Avx512F.UnpackHigh(row0, row1).AsDouble();
        Vector512<double> low23 = Avx512F.UnpackLow(row2, row3).AsDouble();
        Vector512<double> high23 = Avx512F.UnpackHigh(row2, row3).AsDouble();
        column0 = Avx512F.UnpackLow(low01, low23);
        column1 = Avx512F.UnpackHigh(low01, low23);
        column2 = Avx512F.UnpackLow(high01, high23);
        column3 = Avx512F.UnpackHigh(high01, high23);
    }

    // Four vectors of 16 floats: the 4 x 4 quarters transposed, to four rows that lie four rows apart.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreColumns(
        float* to, Vector512<double> a, Vector512<double> b, Vector512<double> c, Vector512<double> d) =>
        StoreQuarters((double*)to, 4 * DoubleRow, a, b, c, d);

    // Four vectors of 8 doubles: the 4 x 4 quarters transposed, to four rows that lie two rows apart.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreColumns(
        double* to, Vector512<double> a, Vector512<double> b, Vector512<double> c, Vector512<double> d) =>
        StoreQuarters(to, 2 * DoubleRow, a, b, c, d);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void StoreQuarters(
        double* to, int stride, Vector512<double> a, Vector512<double> b, Vector512<double> c, Vector512<double> d)
    {
        const byte Even = 0b10_00_10_00;
        const byte Odd = 0b11_01_11_01;
        Vector512<double> evenAB = Avx512F.Shuffle4x128(a, b, Even);
        Vector512<double> evenCD = Avx512F.Shuffle4x128(c, d, Even);
        Vector512<double> oddAB = Avx512F.Shuffle4x128(a, b, Odd);
        Vector512<double> oddCD = Avx512F.Shuffle4x128(c, d, Odd);
        Avx512F.Shuffle4x128(evenAB, evenCD, Even).Store(to);
        Avx512F.Shuffle4x128(oddAB, oddCD, Even).Store(to + stride);
        Avx512F.Shuffle4x128(evenAB, evenCD, Odd).Store(to + 2 * stride);
        Avx512F.Shuffle4x128(oddAB, oddCD, Odd).Store(to + 3 * stride);
    }

    // [a0, b0, a1, b1]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> InterleaveLow(Vector128<float> a, Vector128<float> b) =>
        Sse.IsSupported ? Sse.UnpackLow(a, b) :
        AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipLow(a, b) :
        Vector128.Create(a.GetElement(0), b.GetElement(0), a.GetElement(1), b.GetElement(1));

    // [a2, b2, a3, b3]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> InterleaveHigh(Vector128<float> a, Vector128<float> b) =>
        Sse.IsSupported ? Sse.UnpackHigh(a, b) :
        AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipHigh(a, b) :
        Vector128.Create(a.GetElement(2), b.GetElement(2), a.GetElement(3), b.GetElement(3));

    // [a0, b0]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<double> InterleaveLow(Vector128<double> a, Vector128<double> b) =>
        Sse2.IsSupported ? Sse2.UnpackLow(a, b) :
        AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipLow(a, b) :
        Vector128.Create(a.GetElement(0), b.GetElement(0));

    // [a1, b1]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<double> InterleaveHigh(Vector128<double> a, Vector128<double> b) =>
        Sse2.IsSupported ? Sse2.UnpackHigh(a, b) :
        AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipHigh(a, b) :
        Vector128.Create(a.GetElement(1), b.GetElement(1));
}
