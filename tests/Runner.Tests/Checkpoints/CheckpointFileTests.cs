using MicroGpt.Runner.Checkpoints;
using Xunit;

namespace MicroGpt.Runner.Tests.Checkpoints;

/// <summary>Files that are no checkpoint of the model: each is refused, with the reason, and exit code 2.</summary>
public sealed class CheckpointFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void EveryChangedBitAndEveryMissingByteIsNoticed()
    {
        byte[] whole = File.ReadAllBytes(Trained());
        var random = new Random(5);
        for (int round = 0; round < 40; round++)
        {
            byte[] damaged = [.. whole];
            damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
            AssertRefused(damaged);
            AssertRefused(whole[..random.Next(whole.Length)]);
        }

        AssertRefused([.. whole, 0]);
        AssertRefused([]);
    }

    [Fact]
    public void ForeignFilesAreRefused()
    {
        Assert.Contains("is not an intact checkpoint", Refusal(folder.Write("text", "anna\notto\nanna\notto\n")), StringComparison.Ordinal);
        string foreign = folder.Write("foreign", "\u000C\0\0\0\0\0\0\0{}          "u8.ToArray());
        Assert.Contains("was not written by this program", Refusal(foreign), StringComparison.Ordinal);
        Assert.Contains("holds no checkpoint", Refusal(folder.Path), StringComparison.Ordinal);
        Assert.Contains("there is no file", Refusal(folder.File("none")), StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Contains("is not a file", Refusal("/dev/zero"), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void ANewerFormatIsRefused()
    {
        string file = Trained();
        Assert.Contains("'2', and this program knows version 1", Refusal(Rewrite(file, "version", _ => "2")), StringComparison.Ordinal);
        Assert.Contains("not valid", Refusal(
            Rewrite(file, "run", run => run.Replace("\"step\":", "\"steps_of_a_newer_program\":1,\"step\":", StringComparison.Ordinal))),
            StringComparison.Ordinal);
        Assert.Contains("record of the run is empty", Refusal(Rewrite(file, "run", _ => "null")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("\"NaN\"")]
    public void ATemperatureThatNothingIsSampledAtIsRefused(string temperature) => Assert.Contains(
        "record of the run is not valid",
        Refusal(Rewrite(
            Trained(), "run", run => run.Replace("\"temperature\":0.5", $"\"temperature\":{temperature}", StringComparison.Ordinal))),
        StringComparison.Ordinal);

    [Fact]
    public void AnotherSpecIsRefusedWithWhatDiffers()
    {
        string file = Trained();
        ModelDescription model = ProgramModels.All.Single(entry => entry.Name == "NamesGpt").Description;
        ModelEntry[] models =
        [
            new(model with { BlockSize = 32, NHead = 2 }, _ => throw new InvalidOperationException()),
        ];
        CommandLine refused = CommandLine.Run(models, isTerminal: false, "sample", "--checkpoint", file);
        Assert.Equal(ExitCode.Usage, refused.ExitCode);
        Assert.Contains(
            "BlockSize = 16 in the checkpoint and 32 in the model; NHead = 4 in the checkpoint and 2 in the model", refused.Error,
            StringComparison.Ordinal);

        refused = CommandLine.Run(
            CommandLine.Models.Where(entry => entry.Name != "NamesGpt").ToArray(), isTerminal: false, "sample", "--checkpoint", file);
        Assert.Equal(ExitCode.Usage, refused.ExitCode);
        Assert.Contains("is of the model NamesGpt, which this program does not have", refused.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void ModelsSaysWhatIsInOne()
    {
        CommandLine said = CommandLine.Run(ProgramModels.All, isTerminal: false, "models", "--checkpoint", Trained());
        Assert.Equal((ExitCode.Success, ""), (said.ExitCode, said.Error));
        Assert.Contains("step            5 of 5\n", said.Out, StringComparison.Ordinal);
        Assert.Contains("\nlayer0.mlp_fc2  F32 [16, 64]\n", said.Out, StringComparison.Ordinal);
        Assert.Contains("characters, 4 tokens and BOS", said.Out, StringComparison.Ordinal);
    }

    private string Trained()
    {
        string save = folder.File("ck");
        string data = folder.Write("data.txt", "anna\notto\n");
        Assert.Equal(ExitCode.Success, CommandLine.Run(
            ProgramModels.All, isTerminal: false, "train", "--data", data, "--steps", "5", "--samples", "0", "--save", save).ExitCode);
        return CheckpointFolder.Latest(save);
    }

    private void AssertRefused(byte[] bytes) =>
        Assert.Contains("is not an intact checkpoint", Refusal(folder.Write("damaged", bytes)), StringComparison.Ordinal);

    private static string Refusal(string path)
    {
        CommandLine refused = CommandLine.Run(ProgramModels.All, isTerminal: false, "sample", "--checkpoint", path);
        Assert.Equal((ExitCode.Usage, ""), (refused.ExitCode, refused.Out));
        return refused.Error;
    }

    /// <summary>The checkpoint with another entry in its metadata, and the checksum that belongs to it.</summary>
    private string Rewrite(string path, string key, Func<string, string> change)
    {
        using SafetensorsFile file = SafetensorsFile.Open(File.OpenRead(path));
        var metadata = file.Header.Metadata.Where(entry => entry.Key != SafetensorsFile.ChecksumKey)
            .ToDictionary(entry => entry.Key, entry => entry.Key == key ? change(entry.Value) : entry.Value);
        (string Name, long[] Shape)[] tensors = [.. file.Header.Tensors.Select(tensor => (tensor.Name, tensor.Shape.ToArray()))];
        string changed = folder.File("changed");
        using FileStream output = File.Create(changed);
        SafetensorsFile.Write<float>(output, metadata, tensors, name =>
        {
            TensorEntry tensor = file.Header.Tensors.Single(entry => entry.Name == name);
            double[] values = new double[tensor.Length / sizeof(float)];
            file.Read(tensor, values);
            return Array.ConvertAll(values, value => (float)value);
        });
        return changed;
    }
}
