using System.Runtime.Intrinsics;
using MicroGpt.Numerics;
using Xunit;

namespace MicroGpt.Model.Tests.Numerics;

public unsafe class StoreSumsTests
{
    private const int Before = 1;

    public static TheoryData<int> AllWidths => Widths.All;

    [Theory]
    [MemberData(nameof(AllWidths))]
    public void The_lanes_of_four_vectors_of_floats_are_added(int bits)
    {
        int lanes = bits / 32;
        float[] numbers = [.. Enumerable.Range(0, 4 * lanes).Select(i => (float)(i * i))], sums = new float[Before + 5];
        fixed (float* x = numbers, to = &sums[Before])
        {
            switch (bits)
            {
                case 128:
                    VectorMath.StoreSums(
                        Vector128.Load(x), Vector128.Load(x + lanes), Vector128.Load(x + 2 * lanes), Vector128.Load(x + 3 * lanes), to);
                    break;
                case 256:
                    VectorMath.StoreSums(
                        Vector256.Load(x), Vector256.Load(x + lanes), Vector256.Load(x + 2 * lanes), Vector256.Load(x + 3 * lanes), to);
                    break;
                default:
                    VectorMath.StoreSums(
                        Vector512.Load(x), Vector512.Load(x + lanes), Vector512.Load(x + 2 * lanes), Vector512.Load(x + 3 * lanes), to);
                    break;
            }
        }

        Assert.Equal([0, .. numbers.Chunk(lanes).Select(vector => vector.Sum()), 0], sums);
    }

    [Theory]
    [MemberData(nameof(AllWidths))]
    public void The_lanes_of_four_vectors_of_doubles_are_added(int bits)
    {
        int lanes = bits / 64;
        double[] numbers = [.. Enumerable.Range(0, 4 * lanes).Select(i => (double)(i * i))], sums = new double[Before + 5];
        fixed (double* x = numbers, to = &sums[Before])
        {
            switch (bits)
            {
                case 128:
                    VectorMath.StoreSums(
                        Vector128.Load(x), Vector128.Load(x + lanes), Vector128.Load(x + 2 * lanes), Vector128.Load(x + 3 * lanes), to);
                    break;
                case 256:
                    VectorMath.StoreSums(
                        Vector256.Load(x), Vector256.Load(x + lanes), Vector256.Load(x + 2 * lanes), Vector256.Load(x + 3 * lanes), to);
                    break;
                default:
                    VectorMath.StoreSums(
                        Vector512.Load(x), Vector512.Load(x + lanes), Vector512.Load(x + 2 * lanes), Vector512.Load(x + 3 * lanes), to);
                    break;
            }
        }

        Assert.Equal([0, .. numbers.Chunk(lanes).Select(vector => vector.Sum()), 0], sums);
    }
}
