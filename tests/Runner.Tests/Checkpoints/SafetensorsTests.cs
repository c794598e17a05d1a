using System.Buffers.Binary;
using System.Text;
using MicroGpt.Runner.Checkpoints;
using Xunit;

namespace MicroGpt.Runner.Tests.Checkpoints;

/// <summary>The rules of the format, and the attacks that are known against its readers.</summary>
public class SafetensorsTests
{
    [Fact]
    public void WhatIsWrittenIsRead()
    {
        using var stream = new MemoryStream();
        var values = new Dictionary<string, float[]> { ["a"] = [1.5f, -0f, float.Epsilon, 3.4e38f], ["b"] = [7] };
        SafetensorsFile.Write<float>(
            stream, new Dictionary<string, string> { ["note"] = "\"checksum\":\"" }, [("a", [2, 2]), ("b", [1])], name => values[name]);
        stream.Position = 0;
        using SafetensorsFile file = SafetensorsFile.Open(stream);
        Assert.Equal(["F32 [2, 2]", "F32 [1]"], file.Header.Tensors.Select(tensor => tensor.Form));
        Assert.Equal("\"checksum\":\"", file.Header.Metadata["note"]);
        double[] read = new double[4];
        file.Read(file.Header.Tensors[0], read);
        Assert.Equal(values["a"].Select(value => BitConverter.DoubleToInt64Bits(value)), read.Select(BitConverter.DoubleToInt64Bits));
        Assert.Equal(0, file.Header.Tensors[0].Begin);
        Assert.Equal(0, (stream.Length - (5 * sizeof(float))) % 8);
    }

    /// <summary>A file as the writer of the npm package @genai-fi/nanogpt 1.3.0 makes it, whose reader in turn reads ours.</summary>
    [Fact]
    public void AFileOfAnotherWriterIsRead()
    {
        byte[] bytes = Convert.FromBase64String(
            "uAAAAAAAAAB7IndlaWdodCI6eyJkdHlwZSI6IkYzMiIsInNoYXBlIjpbMiwyXSwiZGF0YV9vZmZzZXRzIjpbMCwxNl19LCJjb3VudCI6eyJkdHlwZSI6"
            + "IkkzMiIsInNoYXBlIjpbM10sImRhdGFfb2Zmc2V0cyI6WzE2LDI4XX0sIm5vbmUiOnsiZHR5cGUiOiJGMzIiLCJzaGFwZSI6WzAsNF0sImRhdGFfb2Zm"
            + "c2V0cyI6WzI4LDI4XX19ICAgAADAPwAAAMDNzMw95rFhfwcAAAD/////////fw==");
        using SafetensorsFile file = SafetensorsFile.Open(new MemoryStream(bytes));
        Assert.Equal(
            ["weight F32 [2, 2]", "count I32 [3]", "none F32 [0, 4]"],
            file.Header.Tensors.Select(tensor => $"{tensor.Name} {tensor.Form}"));
        double[] weight = new double[4];
        file.Read(file.Header.Tensors[0], weight);
        Assert.Equal([1.5, -2, 0.1f, 3e38f], weight);
    }

    [Theory]
    [InlineData("{}", 0)]
    [InlineData("""{"a":{"dtype":"F32","shape":[],"data_offsets":[0,4]}}""", 4)]
    [InlineData(
        """{"a":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]},"b":{"dtype":"F64","shape":[0,9223372036854775807],"data_offsets":[4,4]}}   """,
        4)]
    public void ValidHeadersAreRead(string json, int data)
    {
        Assert.Equal(data, SafetensorsHeader.Parse(Encoding.UTF8.GetBytes(json), data).DataLength);
    }

    [Theory]
    [InlineData("does not fit", 4, """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}""")]
    [InlineData("does not fit", 0, """{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,0]}}""")]
    [InlineData("does not fit", 0, """{"a":{"dtype":"F64","shape":[2305843009213693952],"data_offsets":[0,0]}}""")]
    [InlineData(
        "does not fit", 8,
        """{"a":{"dtype":"U8","shape":[9223372036854775807,9223372036854775807,9223372036854775807],"data_offsets":[0,8]}}""")]
    [InlineData(
        "overlaps", 8, """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""")]
    [InlineData(
        "overlaps", 8, """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}""")]
    [InlineData(
        "overlaps", 8, """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[0],"data_offsets":[4,4]}}""")]
    [InlineData(
        "leaves a hole", 12,
        """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}""")]
    [InlineData("leaves a hole", 8, """{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}""")]
    [InlineData("where its header speaks of", 12, """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""")]
    [InlineData("where its header speaks of", 0, """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""")]
    [InlineData("ends before it begins", 4, """{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}""")]
    [InlineData(
        "occurs twice", 4,
        """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}""")]
    [InlineData("occurs twice", 0, """{"__metadata__":{"a":"1","a":"2"}}""")]
    [InlineData("occurs twice", 0, """{"__metadata__":{},"__metadata__":{}}""")]
    [InlineData("is not what it should be", 0, """{"__metadata__":{"a":1}}""")]
    [InlineData("unknown type", 4, """{"a":{"dtype":"F33","shape":[1],"data_offsets":[0,4]}}""")]
    [InlineData("unknown type", 4, """{"a":{"dtype":"f32","shape":[1],"data_offsets":[0,4]}}""")]
    [InlineData("unknown type", 4, """{"a":{"dtype":"11","shape":[1],"data_offsets":[0,4]}}""")]
    [InlineData("twice or beside", 4, """{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}""")]
    [InlineData("twice or beside", 4, """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"extra":1}}""")]
    [InlineData("needs dtype, shape", 4, """{"a":{"dtype":"F32","data_offsets":[0,4]}}""")]
    [InlineData("needs dtype, shape", 4, """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,4]}}""")]
    [InlineData("whole numbers", 4, """{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}""")]
    [InlineData("whole numbers", 4, """{"a":{"dtype":"F32","shape":[1.0],"data_offsets":[0,4]}}""")]
    [InlineData("whole numbers", 4, """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,18446744073709551620]}}""")]
    [InlineData("whole numbers", 4, """{"a":{"dtype":"F32","shape":[[1]],"data_offsets":[0,4]}}""")]
    [InlineData("not valid JSON", 0, "{")]
    [InlineData("not valid JSON", 0, "{} {}")]
    [InlineData("is not what it should be", 0, """{"a":[[[[[[1]]]]]]}""")]
    public void HeadersThatBreakARuleAreRefused(string reason, int data, string json)
    {
        Exception error = Assert.Throws<InvalidDataException>(() => SafetensorsHeader.Parse(Encoding.UTF8.GetBytes(json), data));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("too short", 0UL, 0)]
    [InlineData("longer than the file", 9UL, 8)]
    [InlineData("longer than the file", 100_000_000UL, 8)]
    [InlineData("more than 100 MB", 100_000_001UL, 8)]
    [InlineData("more than 100 MB", ulong.MaxValue, 8)]
    [InlineData("does not begin with {", 8UL, 8)]
    public void LengthsOfTheHeaderAreNotBelieved(string reason, ulong length, int rest)
    {
        byte[] bytes = new byte[8 + rest];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, length);
        Exception error = Assert.Throws<InvalidDataException>(() => SafetensorsFile.Open(new MemoryStream(bytes)));
        Assert.Contains(reason, error.Message, StringComparison.Ordinal);
    }
}
