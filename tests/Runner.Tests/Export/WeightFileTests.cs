using System.Buffers.Binary;
using System.Text;
using MicroGpt.Runner.Checkpoints;
using MicroGpt.Runner.Export.Weights;
using Xunit;

namespace MicroGpt.Runner.Tests.Export;

/// <summary>Weights as safetensors files without a run: written and read again, of other types, under other names, and damaged.</summary>
public sealed class WeightFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();
    private readonly string data;

    public WeightFileTests() => data = folder.Write("data.txt", "anna\notto\n");

    public void Dispose() => folder.Dispose();

    [Fact]
    public void WhatWasWrittenIsReadToTheBit()
    {
        string run = Trained("NamesGpt"), file = folder.File("names.safetensors"), map = folder.Write(
            "map", "# ours theirs\nwte embed.weight # the table\n\nlayer{layer}.mlp_fc1 blocks.{layer}.up.weight\n- unused.{n}\n");
        CommandLine said = Run("export", "--checkpoint", run, "--out", file, "--rename", map);
        Assert.Equal(
            (ExitCode.Success, $"{file} holds the weights of NamesGpt: 4,192 parameters, in 9 tensors.\n", ""),
            (said.ExitCode, said.Out, said.Error));
        using (SafetensorsFile written = SafetensorsFile.Open(File.OpenRead(file)))
        {
            Assert.Equal("pt", written.Header.Metadata["format"]);
            Assert.Equal(
                [
                    "embed.weight",
                    "wpe",
                    "lm_head",
                    "layer0.attn_wq",
                    "layer0.attn_wk",
                    "layer0.attn_wv",
                    "layer0.attn_wo",
                    "blocks.0.up.weight",
                    "layer0.mlp_fc2",
                ],
                written.Header.Tensors.Select(tensor => tensor.Name));
            Assert.All(written.Header.Tensors, tensor => Assert.Equal(TensorType.F32, tensor.Type));
        }

        string again = folder.File("again");
        said = Run("train", "--init", file, "--rename", map, "--data", data, "--steps", "0", "--samples", "0", "--save", again);
        Assert.Equal((ExitCode.Success, "NamesGpt"), (said.ExitCode, ModelName(again)));
        Assert.Equal(Parameters(run), Parameters(again));

        string[] options = ["--count", "3", "--seed", "5"];
        Assert.Equal(
            Run(["sample", "--checkpoint", run, "--temperature", "0.5", .. options]).Out,
            Run(["sample", "--init", file, "--model", "NamesGpt", "--rename", map, .. options]).Out);
    }

    [Fact]
    public void DoublesAreRoundedAndSaidToBe()
    {
        string run = Trained("Step2"), file = folder.File("step2.safetensors");
        Assert.Contains(
            "rounded from double to single precision", Run("export", "--checkpoint", run, "--out", file).Out, StringComparison.Ordinal);
        string again = folder.File("again");
        Assert.Equal(ExitCode.Success, Run(
            "train", "--model", "Step2", "--init", file, "--data", data, "--steps", "0", "--samples", "0", "--save", again).ExitCode);
        Assert.Equal(Parameters(run).Select(value => (double)(float)value), Parameters(again));
    }

    /// <summary>Halves and the upper halves of singles, the smallest of them too, are what they say, to the bit.</summary>
    [Fact]
    public void OtherTypesAreReadExactly()
    {
        ushort[] bits = [0x0000, 0x8000, 0x0001, 0x03FF, 0x0400, 0x3C00, 0xBC01, 0x7BFF, 0x3555, 0x007F, 0x0080, 0x7F7F];
        double[] halves = ReadOne("F16", bits), upper = ReadOne("BF16", bits);
        Assert.Equal([0, -0.0, Math.Pow(2, -24), 1023 * Math.Pow(2, -24), Math.Pow(2, -14), 1, -1.0009765625, 65504, 0.333251953125, 127
            * Math.Pow(2, -24), 128 * Math.Pow(2, -24)], halves[..11]);
        Assert.Equal([0, -0.0, Math.Pow(2, -133), 255 * Math.Pow(2, -127), Math.Pow(2, -119)], upper[..5]);
        Assert.Equal((127 * Math.Pow(2, -133), Math.Pow(2, -126), 255 * Math.Pow(2, 120)), (upper[9], upper[10], upper[11]));
        Assert.True(float.IsSubnormal((float)upper[9]) && double.IsNegative(upper[1]) && double.IsNegative(halves[1]));
    }

    [Fact]
    public void WhatIsMissingLeftOverOrOfAnotherShapeIsListed()
    {
        string file = folder.Write("odd.safetensors", Bytes(
            ("wte", "F32", [27, 16], new byte[27 * 16 * 4]), ("lm_head", "F32", [16, 27], new byte[27 * 16 * 4]),
            ("wpe", "I32", [16, 16], new byte[16 * 16 * 4]), ("rope.cache", "F32", [2], new byte[8])));
        string error = Refused(["train", "--init", file, "--data", data]);
        Assert.Contains(
            "it lacks layer0.attn_wq, layer0.attn_wk, layer0.attn_wv, layer0.attn_wo, layer0.mlp_fc1, layer0.mlp_fc2;", error,
            StringComparison.Ordinal);
        Assert.Contains("the model has no rope.cache;", error, StringComparison.Ordinal);
        Assert.Contains(
            "wpe is I32 [16, 16] in the file and [16, 16] in the model, lm_head is F32 [16, 27] in the file and [27, 16] in the model",
            error, StringComparison.Ordinal);
        error = Refused(["train", "--init", file, "--data", data, "--rename", folder.Write("map", "- rope.{what}\n- rope.cache\n")]);
        Assert.DoesNotContain("rope.cache", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("wte", "line 1: 'wte' is not 'ours theirs'")]
    [InlineData("wte a\nwte b c", "line 2")]
    [InlineData("wtf a", "line 1: the model has no parameter that fits wtf")]
    [InlineData("wte wpe", "would both be called wpe")]
    [InlineData("layer{n}.attn_wq {m}.q", "{m} stands in '{m}.q', but not in 'layer{n}.attn_wq'")]
    [InlineData("layer{.attn_wq q", "must hold a word of letters")]
    public void MapsThatSayNothingAreRefused(string map, string message)
    {
        string run = Trained("NamesGpt");
        Assert.Contains(
            message, Refused(["export", "--checkpoint", run, "--out", folder.File("a.safetensors"), "--rename", folder.Write("map", map)]),
            StringComparison.Ordinal);
        Assert.False(File.Exists(folder.File("a.safetensors")));
    }

    [Fact]
    public void OptionsThatSayNothingAreRefused()
    {
        string run = Trained("NamesGpt"), map = folder.Write("map", "wte a"), file = folder.File("a.safetensors");
        Assert.Contains(
            "parameters keep their names", Refused(["export", "--checkpoint", run, "--out", folder.File("a.onnx"), "--rename", map]),
            StringComparison.Ordinal);
        Assert.Contains(
            "is a checkpoint, in which parameters have their own names", Refused(["train", "--init", run, "--rename", map]),
            StringComparison.Ordinal);
        Assert.Contains("add --init", Refused(["train", "--rename", map]), StringComparison.Ordinal);
        Assert.Contains(
            "give one of them", Refused(["export", "--checkpoint", run, "--out", file, "--rename", map, "--style", "llama"]),
            StringComparison.Ordinal);
        Assert.Contains(
            "there is no 'lama'. Known: llama, gpt2", Refused(["export", "--checkpoint", run, "--out", file, "--style", "lama"]),
            StringComparison.Ordinal);
        Assert.Contains(
            "are the same file",
            Refused(["export", "--checkpoint", run, "--out", map, "--format", "safetensors", "--rename", map, "--overwrite"]),
            StringComparison.Ordinal);
        Assert.Equal(ExitCode.Success, Run("export", "--checkpoint", run, "--out", file).ExitCode);
        string named = folder.File("named.safetensors");
        Assert.Equal(ExitCode.Success, Run("export", "--checkpoint", run, "--out", named, "--rename", map).ExitCode);
        Assert.Contains(
            "--log and --rename are the same file", Refused(["train", "--init", named, "--rename", map, "--log", map, "--overwrite"]),
            StringComparison.Ordinal);
        Assert.Contains(
            "--model goes with --init", Refused(["sample", "--checkpoint", run, "--model", "NamesGpt"]), StringComparison.Ordinal);
        Assert.Contains("both name weights", Refused(["sample", "--checkpoint", run, "--init", file]), StringComparison.Ordinal);
        Assert.Contains("is a checkpoint; give --checkpoint", Refused(["sample", "--init", run]), StringComparison.Ordinal);
        Assert.Contains("has a tokenizer of its own", Refused(["sample", "--init", file, "--trim"]), StringComparison.Ordinal);
        Assert.Contains("comes from the file", Refused(["train", "--init", file, "--tokenizer", "bytes"]), StringComparison.Ordinal);
    }

    [Fact]
    public void HostileFilesAreRefusedWithTheReason()
    {
        (string Name, string Type, long[] Shape, byte[] Data) wte = ("wte", "F32", [27, 16], new byte[27 * 16 * 4]);
        byte[] whole = Bytes(wte);
        Hostile("ends too early", "it has 1724 bytes of data", whole[..^4]);
        Hostile("is too short", null, [1, 2, 3]);
        Hostile("more than 100 MB", null, [0, 0, 0, 0, 1, 0, 0, 0, .. whole]);
        Hostile("its header is longer than the file", null, [255, 255, 0, 0, 0, 0, 0, 0, .. whole[8..]]);
        Hostile("overlaps another tensor's", null, Raw(
            """{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"b":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12));
        Hostile("leaves a hole", null, Raw("""{"a":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}""", 12));
        Hostile("does not fit its 8 bytes", null, Raw("""{"a":{"dtype":"F32","shape":[9223372036854775807,4],"data_offsets":[0,8]}}""", 8));
        Hostile("not valid JSON", null, Raw("""{"a":""", 8));

        byte[] odd = [.. whole];
        BinaryPrimitives.WriteSingleLittleEndian(odd.AsSpan(odd.Length - (5 * 16 * 4)), float.NaN);
        var model = new ModelDescription
        {
            Name = "Table", Architecture = "", VocabSize = 27, BlockSize = null, NEmbd = 16, NHead = 0, NLayer = 0,
            Precision = Precision.Single, Optimizer = Optimizer.Sgd, InitStd = 0, Parameters = [new ParameterInfo("wte", 27, 16, 0)],
            FlopsPerRow = 0, FlopsPerPair = 0,
        };
        using WeightFile file = WeightFile.Open(folder.Write("odd", odd), "--init");
        ParameterReader read = file.Reader(model, WeightPlaces.Of(model, NameMap.Empty));
        string message = Assert.Throws<RunnerException>(() => read(model.Parameters[0], new double[27 * 16])).Message;
        Assert.Contains("element 352 of wte in", message, StringComparison.Ordinal);
        Assert.Contains("is NaN", message, StringComparison.Ordinal);

        void Hostile(string reason, string? other, byte[] bytes)
        {
            string error = Refused(["train", "--init", folder.Write("hostile.safetensors", bytes), "--data", data]);
            Assert.Contains("no valid safetensors file", error, StringComparison.Ordinal);
            Assert.True(error.Contains(reason, StringComparison.Ordinal)
                || (other is not null && error.Contains(other, StringComparison.Ordinal)), error);
        }
    }

    /// <summary>A file as others write it.</summary>
    internal static byte[] Bytes(params (string Name, string Type, long[] Shape, byte[] Data)[] tensors)
    {
        var entries = new List<string> { "\"__metadata__\":{\"format\":\"pt\",\"checksum\":\"of another writer\"}" };
        int end = 0;
        foreach ((string name, string type, long[] shape, byte[] content) in tensors)
        {
            string sizes = string.Join(",", shape);
            entries.Add(FormattableString.Invariant(
                $$"""
                "{{name}}":{"dtype":"{{type}}","shape":[{{sizes}}],"data_offsets":[{{end}},{{end + content.Length}}]}
                """));
            end += content.Length;
        }

        byte[] head = Raw("{" + string.Join(",", entries) + "}", 0);
        return [.. head, .. tensors.SelectMany(tensor => tensor.Data)];
    }

    private static byte[] Raw(string json, int dataLength)
    {
        byte[] header = Encoding.UTF8.GetBytes(json), prefix = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, header.Length);
        return [.. prefix, .. header, .. new byte[dataLength]];
    }

    private double[] ReadOne(string type, ushort[] bits)
    {
        byte[] content = new byte[bits.Length * 2];
        Buffer.BlockCopy(bits, 0, content, 0, content.Length);
        using SafetensorsFile file = SafetensorsFile.Open(new MemoryStream(Bytes(("x", type, [bits.Length], content))), hasChecksum: false);
        double[] values = new double[bits.Length];
        file.Read(file.Header.Tensors[0], values);
        return values;
    }

    private string Trained(string model)
    {
        string save = folder.File("run");
        Assert.Equal(
            ExitCode.Success, Run("train", "--model", model, "--data", data, "--steps", "3", "--samples", "0", "--save", save).ExitCode);
        return save;
    }

    private static double[] Parameters(string run)
    {
        using CheckpointFile file = CheckpointFile.Open(run, "--checkpoint");
        return file.Parameters(ProgramModels.All.Single(entry => entry.Name == file.Run.Spec.Name).Description);
    }

    private static string ModelName(string run)
    {
        using CheckpointFile file = CheckpointFile.Open(run, "--checkpoint");
        return file.Run.Spec.Name;
    }

    private static string Refused(string[] args)
    {
        CommandLine refused = Run(args);
        Assert.Equal((ExitCode.Usage, ""), (refused.ExitCode, refused.Out));
        return refused.Error;
    }

    private static CommandLine Run(params string[] args) => CommandLine.Run(ProgramModels.All, isTerminal: false, args);
}
