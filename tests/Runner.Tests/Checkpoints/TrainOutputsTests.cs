using System.Buffers.Binary;
using System.Text;
using MicroGpt.Runner.Checkpoints;
using Xunit;

namespace MicroGpt.Runner.Tests.Checkpoints;

/// <summary>What a run writes falls neither on what it reads nor on what belongs to somebody else.</summary>
public sealed class TrainOutputsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("--log", "step-000000010.safetensors")]
    [InlineData("--report", "step-5.safetensors")]
    [InlineData("--log", ".lock")]
    [InlineData("--report", "latest.safetensors")]
    public void NamesOfTheSaveFolderAreTheRuns(string option, string name)
    {
        string save = Directory.CreateDirectory(folder.File("run")).FullName;
        Refused("--steps", "3", "--save", save + "/", option, Path.Combine(save, name));
        Assert.Empty(Directory.GetFileSystemEntries(save));
    }

    [Fact]
    public void AnOutputInTheFolderOfTheDataIsRefused()
    {
        string data = Directory.CreateDirectory(folder.File("texts")).FullName;
        string sub = Directory.CreateDirectory(Path.Combine(data, "sub")).FullName;
        folder.Write("texts/a.txt", "anna\notto\n");
        string link = folder.File("link");
        Directory.CreateSymbolicLink(link, sub);
        foreach ((string option, string path) in new[]
        {
            ("--log", Path.Combine(data, "log.csv")), ("--report", Path.Combine(sub, "page.html")),
            ("--log", Path.Combine(link, "log.csv")), ("--save", Path.Combine(data, "new", "run")), ("--save", data),
            ("--save", data + "/"), ("--save", link),
        })
        {
            Assert.Contains(
                "would become part of the data", Refused("--data", data, "--steps", "3", option, path), StringComparison.Ordinal);
        }

        Assert.Equal([Path.Combine(data, "a.txt"), sub], Directory.GetFileSystemEntries(data).Order(StringComparer.Ordinal));
        Assert.Empty(Directory.GetFileSystemEntries(sub));
        Assert.Equal(ExitCode.Success, CommandLine.Run(
            "train", "--data", data, "--steps", "3", "--samples", "0", "--save", folder.File("texts-run")).ExitCode);
    }

    [Fact]
    public void OnlyOwnFilesGoAndOnlyOfAnAcceptedRun()
    {
        string save = Directory.CreateDirectory(folder.File("run")).FullName;
        string[] mine = ["latest.safetensors.old.tmp", "mine.safetensors.7.tmp", "step-5.safetensors"];
        string[] own = ["latest.safetensors.7.tmp", "step-000000005.safetensors", "step-000000009.safetensors.7.tmp"];
        Array.ForEach([.. mine, .. own], name => File.WriteAllText(Path.Combine(save, name), "x"));
        Refused("--steps", "3", "--save", save);
        Refused("--steps", "3", "--save", save, "--overwrite", "--log", folder.File("none/log.csv"));
        Assert.Equal([.. own.Concat(mine).Order(StringComparer.Ordinal)], Names(save));

        Assert.Equal(ExitCode.Success, CommandLine.Run("train", "--steps", "3", "--samples", "0", "--save", save, "--overwrite").ExitCode);
        Assert.Equal([.. mine.Append("latest.safetensors").Order(StringComparer.Ordinal)], Names(save));
    }

    [Theory]
    [InlineData("latest.safetensors")]
    [InlineData("best.safetensors")]
    public void AFolderWhereACheckpointWouldBeIsRefused(string name)
    {
        Directory.CreateDirectory(folder.File("run/" + name));
        Assert.Contains(
            "is a folder where", Refused("--steps", "3", "--save", folder.File("run"), "--overwrite"), StringComparison.Ordinal);
    }

    [Fact]
    public void TheTokenizerOfACheckpointIsNotReplaced()
    {
        string save = folder.File("run");
        Assert.Equal(ExitCode.Success, CommandLine.Run("train", "--steps", "3", "--samples", "0", "--save", save).ExitCode);
        Assert.Contains(
            "comes from the checkpoint", Refused("--steps", "3", "--init", save, "--tokenizer", "bytes"), StringComparison.Ordinal);
    }

    [Fact]
    public void NamesOfAForeignFileDoNotSteerTheTerminal()
    {
        byte[] json = Encoding.UTF8.GetBytes("""{"\u001b[2J":{"dtype":"F33","shape":[1],"data_offsets":[0,4]}}""");
        byte[] prefix = new byte[SafetensorsHeader.PrefixLength];
        BinaryPrimitives.WriteInt64LittleEndian(prefix, json.Length);
        string error = Refused("--steps", "3", "--init", folder.Write("hostile.safetensors", [.. prefix, .. json, 0, 0, 0, 0]));
        Assert.Contains("'\uFFFD[2J' has the unknown type", error, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', error);
    }

    private static string[] Names(string path) =>
        [.. Directory.GetFiles(path).Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal)];

    private static string Refused(params string[] options)
    {
        CommandLine run = CommandLine.Run(["train", .. options]);
        Assert.True(run.ExitCode == ExitCode.Usage, $"{string.Join(' ', options)}: {run.ExitCode} {run.Error}");
        Assert.StartsWith("error: ", run.Error);
        return run.Error;
    }
}
