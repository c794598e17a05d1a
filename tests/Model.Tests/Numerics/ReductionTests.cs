using System.Runtime.Intrinsics;
using MicroGpt.Numerics;
using Xunit;

namespace MicroGpt.Model.Tests.Numerics;

/// <summary>Reductions give exactly the sums that their documented order gives, bit for bit.</summary>
public class ReductionTests
{
    private const int Rounds = 200;

    [Fact]
    public void Sum_adds_halves_until_one_lane_is_left() => ForRandomLanes((single, @double) =>
    {
        Assert.Equal(SumOfHalves(single[..4]), VectorMath.Sum(Vector128.Create(single)));
        Assert.Equal(SumOfHalves(single[..8]), VectorMath.Sum(Vector256.Create(single)));
        Assert.Equal(SumOfHalves(single[..16]), VectorMath.Sum(Vector512.Create(single)));
        Assert.Equal(SumOfHalves(@double[..2]), VectorMath.Sum(Vector128.Create(@double)));
        Assert.Equal(SumOfHalves(@double[..4]), VectorMath.Sum(Vector256.Create(@double)));
        Assert.Equal(SumOfHalves(@double[..8]), VectorMath.Sum(Vector512.Create(@double)));
    });

    [Fact]
    public void Max_is_the_largest_lane() => ForRandomLanes((single, @double) =>
    {
        Assert.Equal(single[..4].Max(), VectorMath.Max(Vector128.Create(single)));
        Assert.Equal(single[..8].Max(), VectorMath.Max(Vector256.Create(single)));
        Assert.Equal(single[..16].Max(), VectorMath.Max(Vector512.Create(single)));
        Assert.Equal(@double[..2].Max(), VectorMath.Max(Vector128.Create(@double)));
        Assert.Equal(@double[..4].Max(), VectorMath.Max(Vector256.Create(@double)));
        Assert.Equal(@double[..8].Max(), VectorMath.Max(Vector512.Create(@double)));
    });

    [Fact]
    public void Max_finds_minus_infinity_and_each_lane()
    {
        Assert.Equal(float.NegativeInfinity, VectorMath.Max(Vector512.Create(float.NegativeInfinity)));
        for (int lane = 0; lane < 16; lane++)
        {
            Assert.Equal(1f, VectorMath.Max(Vector512.Create(-1f).WithElement(lane, 1f)));
            Assert.Equal(1.0, VectorMath.Max(Vector512.Create(-1.0).WithElement(lane / 2, 1.0)));
        }
    }

    [Fact]
    public void Groups_of_one_lane_are_the_vector() => ForRandomLanes((single, @double) =>
    {
        Assert.Equal(Vector128.Create(single), VectorMath.SumGroupsOf1(Vector128.Create(single)));
        Assert.Equal(Vector256.Create(single), VectorMath.SumGroupsOf1(Vector256.Create(single)));
        Assert.Equal(Vector512.Create(single), VectorMath.SumGroupsOf1(Vector512.Create(single)));
        Assert.Equal(Vector128.Create(@double), VectorMath.SumGroupsOf1(Vector128.Create(@double)));
        Assert.Equal(Vector256.Create(@double), VectorMath.SumGroupsOf1(Vector256.Create(@double)));
        Assert.Equal(Vector512.Create(@double), VectorMath.SumGroupsOf1(Vector512.Create(@double)));
    });

    [Fact]
    public void Every_lane_of_a_group_gets_the_sum_of_the_group() => ForRandomLanes((single, @double) =>
    {
        float[] groups = new float[16];
        SumGroups(single, 2, groups);
        Assert.Equal(Vector128.Create(groups), VectorMath.SumGroupsOf2(Vector128.Create(single)));
        Assert.Equal(Vector256.Create(groups), VectorMath.SumGroupsOf2(Vector256.Create(single)));
        Assert.Equal(Vector512.Create(groups), VectorMath.SumGroupsOf2(Vector512.Create(single)));
        SumGroups(single, 4, groups);
        Assert.Equal(Vector128.Create(groups), VectorMath.SumGroupsOf4(Vector128.Create(single)));
        Assert.Equal(Vector256.Create(groups), VectorMath.SumGroupsOf4(Vector256.Create(single)));
        Assert.Equal(Vector512.Create(groups), VectorMath.SumGroupsOf4(Vector512.Create(single)));
        SumGroups(single, 8, groups);
        Assert.Equal(Vector256.Create(groups), VectorMath.SumGroupsOf8(Vector256.Create(single)));
        Assert.Equal(Vector512.Create(groups), VectorMath.SumGroupsOf8(Vector512.Create(single)));
        SumGroups(single, 16, groups);
        Assert.Equal(Vector512.Create(groups), VectorMath.SumGroupsOf16(Vector512.Create(single)));

        double[] groupsDouble = new double[8];
        SumGroups(@double, 2, groupsDouble);
        Assert.Equal(Vector128.Create(groupsDouble), VectorMath.SumGroupsOf2(Vector128.Create(@double)));
        Assert.Equal(Vector256.Create(groupsDouble), VectorMath.SumGroupsOf2(Vector256.Create(@double)));
        Assert.Equal(Vector512.Create(groupsDouble), VectorMath.SumGroupsOf2(Vector512.Create(@double)));
        SumGroups(@double, 4, groupsDouble);
        Assert.Equal(Vector256.Create(groupsDouble), VectorMath.SumGroupsOf4(Vector256.Create(@double)));
        Assert.Equal(Vector512.Create(groupsDouble), VectorMath.SumGroupsOf4(Vector512.Create(@double)));
        SumGroups(@double, 8, groupsDouble);
        Assert.Equal(Vector512.Create(groupsDouble), VectorMath.SumGroupsOf8(Vector512.Create(@double)));
    });

    private static void ForRandomLanes(Action<float[], double[]> check)
    {
        var random = new Random(11);
        for (int round = 0; round < Rounds; round++)
        {
            double[] lanes = [.. Enumerable.Range(0, 16).Select(_ => (random.NextDouble() - 0.5) * Math.Exp(random.Next(8)))];
            check([.. lanes.Select(x => (float)x)], lanes[..8]);
        }
    }

    private static T SumOfHalves<T>(T[] lanes)
        where T : System.Numerics.INumber<T> =>
        lanes.Length == 1
            ? lanes[0]
            : SumOfHalves([.. lanes[..(lanes.Length / 2)].Zip(lanes[(lanes.Length / 2)..], (a, b) => a + b)]);

    // Neighbours first, then pairs of neighbours, and so on.
    private static void SumGroups<T>(T[] lanes, int size, T[] groups)
        where T : System.Numerics.INumber<T>
    {
        for (int i = 0; i < lanes.Length; i += size)
        {
            Array.Fill(groups, SumOfNeighbours(lanes[i..(i + size)]), i, size);
        }
    }

    private static T SumOfNeighbours<T>(T[] lanes)
        where T : System.Numerics.INumber<T> =>
        lanes.Length == 1
            ? lanes[0]
            : SumOfNeighbours(lanes[..(lanes.Length / 2)]) + SumOfNeighbours(lanes[(lanes.Length / 2)..]);
}
