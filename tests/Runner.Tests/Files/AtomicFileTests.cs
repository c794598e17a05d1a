using MicroGpt.Runner.Files;
using Xunit;

namespace MicroGpt.Runner.Tests.Files;

public sealed class AtomicFileTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void AFailedWriteKeepsTheFileAndLeavesNothingBehind()
    {
        string file = folder.Write("a.txt", "old");
        Assert.Throws<IOException>(() => AtomicFile.Write(file, stream =>
        {
            stream.Write("half"u8);
            throw new IOException("No space left on device");
        }));
        Assert.Equal("old", File.ReadAllText(file));
        Assert.Single(Directory.GetFiles(folder.Path));

        AtomicFile.WriteText(file, "new");
        Assert.Equal("new", File.ReadAllText(file));
        Assert.Single(Directory.GetFiles(folder.Path));
    }

    [Fact]
    public void ALinkStaysALink()
    {
        string file = folder.Write("a.txt", "old");
        string link = folder.File("link.txt");
        File.CreateSymbolicLink(link, "a.txt");
        AtomicFile.WriteText(link, "new");
        Assert.Equal("a.txt", new FileInfo(link).LinkTarget);
        Assert.Equal("new", File.ReadAllText(file));
    }

    [Fact]
    public void ADeviceIsNotReplacedByAFile()
    {
        if (!File.Exists("/dev/null"))
        {
            return; // No such device on this system.
        }

        AtomicFile.CheckWritable("--report", "/dev/null");
        AtomicFile.WriteText("/dev/null", "nothing");
        Assert.False(FileIdentity.Of("/dev/null")!.Value.IsRegular);
    }

    [Fact]
    public void WhatCannotBeWrittenIsSaidBefore()
    {
        Assert.Equal("--log: the name of a file to write is missing.", Refusal(""));
        Assert.Contains("it is a folder. Give the name of a file in it", Refusal(folder.Path), StringComparison.Ordinal);
        Assert.Contains("there is no folder", Refusal(folder.File("no/a.txt")), StringComparison.Ordinal);
        AtomicFile.CheckWritable("--log", folder.File("a.txt"));
        Assert.Empty(Directory.GetFileSystemEntries(folder.Path));
    }

    [Fact]
    public void LeftoversOfKilledRunsGo()
    {
        folder.Write("latest.safetensors.77.tmp", "half");
        string[] mine =
        [
            "latest.safetensors.77.tmp.tmp", "latest.safetensors.old.tmp", "latest.safetensors.tmp", "mine.safetensors.77.tmp", "notes.tmp",
        ];
        Array.ForEach(mine, name => folder.Write(name, "mine"));
        AtomicFile.DeleteLeftovers(folder.Path, name => name == "latest.safetensors");
        Assert.Equal(mine, Directory.GetFiles(folder.Path).Select(file => Path.GetFileName(file)!).Order(StringComparer.Ordinal));
    }

    private static string Refusal(string path)
    {
        RunnerException error = Assert.Throws<RunnerException>(() => AtomicFile.CheckWritable("--log", path));
        Assert.Equal(ExitCode.Usage, error.ExitCode);
        return error.Message;
    }
}
