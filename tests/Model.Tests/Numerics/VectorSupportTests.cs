using MicroGpt.Numerics;
using Xunit;

namespace MicroGpt.Model.Tests.Numerics;

public class VectorSupportTests
{
    [Theory]
    [InlineData(null, 512, 512)]
    [InlineData("", 256, 256)]
    [InlineData("128", 512, 128)]
    [InlineData("256", 512, 256)]
    [InlineData(" 512 ", 128, 512)]
    public void A_request_wins_over_the_widest_vectors(string? requested, int widest, int expected) =>
        Assert.Equal(expected, VectorSupport.ChooseBits(requested, widest));

    [Theory]
    [InlineData("64")]
    [InlineData("avx2")]
    [InlineData("0")]
    public void Another_request_is_an_error_that_says_what_to_set(string requested)
    {
        var error = Assert.Throws<InvalidOperationException>(() => VectorSupport.ChooseBits(requested, 256));
        Assert.Contains(VectorSupport.BitsVariable, error.Message);
        Assert.Contains($"'{requested}'", error.Message);
        Assert.Contains("128, 256 or 512", error.Message);
    }

    [Fact]
    public void The_preferred_width_follows_the_environment_or_the_processor() =>
        Assert.Equal(
            VectorSupport.ChooseBits(
                Environment.GetEnvironmentVariable(VectorSupport.BitsVariable), VectorSupport.WidestBits),
            VectorSupport.PreferredBits);
}
