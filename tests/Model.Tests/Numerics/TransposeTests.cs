using MicroGpt.Numerics;
using Xunit;

namespace MicroGpt.Model.Tests.Numerics;

public unsafe class TransposeTests
{
    // Elements before and after a block, so that it is not aligned and writes outside it are seen.
    private const int Margin = 3;

    public static TheoryData<int> AllWidths => Widths.All;

    [Theory]
    [MemberData(nameof(AllWidths))]
    public void A_block_of_16_x_16_floats_is_transposed(int bits)
    {
        float[] source = [.. Enumerable.Range(0, 256 + 2 * Margin).Select(i => (float)i)];
        float[] destination = new float[256 + 2 * Margin];
        float[] expected = new float[256 + 2 * Margin];
        for (int i = 0; i < 256; i++)
        {
            expected[Margin + i % 16 * 16 + i / 16] = source[Margin + i];
        }

        fixed (float* from = source, to = destination)
        {
            Action<nint, nint> transpose = bits switch
            {
                128 => (s, d) => VectorMath.TransposeBlock128((float*)s, (float*)d),
                256 => (s, d) => VectorMath.TransposeBlock256((float*)s, (float*)d),
                _ => (s, d) => VectorMath.TransposeBlock512((float*)s, (float*)d),
            };
            transpose((nint)(from + Margin), (nint)(to + Margin));
        }

        Assert.Equal(expected, destination);
    }

    [Theory]
    [MemberData(nameof(AllWidths))]
    public void A_block_of_8_x_8_doubles_is_transposed(int bits)
    {
        double[] source = [.. Enumerable.Range(0, 64 + 2 * Margin).Select(i => (double)i)];
        double[] destination = new double[64 + 2 * Margin];
        double[] expected = new double[64 + 2 * Margin];
        for (int i = 0; i < 64; i++)
        {
            expected[Margin + i % 8 * 8 + i / 8] = source[Margin + i];
        }

        fixed (double* from = source, to = destination)
        {
            Action<nint, nint> transpose = bits switch
            {
                128 => (s, d) => VectorMath.TransposeBlock128((double*)s, (double*)d),
                256 => (s, d) => VectorMath.TransposeBlock256((double*)s, (double*)d),
                _ => (s, d) => VectorMath.TransposeBlock512((double*)s, (double*)d),
            };
            transpose((nint)(from + Margin), (nint)(to + Margin));
        }

        Assert.Equal(expected, destination);
    }
}
