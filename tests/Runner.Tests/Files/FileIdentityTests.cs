using System.Diagnostics;
using MicroGpt.Runner.Files;
using Xunit;

namespace MicroGpt.Runner.Tests.Files;

public sealed class FileIdentityTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void LinksAndHardLinksAreTheFileTheyLeadTo()
    {
        string file = folder.Write("data.txt", "anna\n");
        string copy = folder.Write("copy.txt", "anna\n");
        string link = folder.File("link.txt");
        File.CreateSymbolicLink(link, file);
        string hard = folder.File("hard.txt");
        using (Process ln = OperatingSystem.IsWindows()
            ? Process.Start("cmd", ["/c", "mklink", "/H", hard, file]) : Process.Start("ln", [file, hard]))
        {
            ln.WaitForExit();
        }

        string inside = folder.File("inside");
        Directory.CreateSymbolicLink(inside, folder.Path);

        Assert.All(
            [file, link, hard, Path.Combine(inside, "data.txt"), Path.Combine(folder.Path, ".", "data.txt")],
            other => Assert.True(FileIdentity.AreSame(file, other), other));
        Assert.False(FileIdentity.AreSame(file, copy));
    }

    [Fact]
    public void FilesThatDoNotExistYetAreComparedByWhereTheyWillBe()
    {
        string file = folder.File("log.csv");
        string link = folder.File("link.csv");
        File.CreateSymbolicLink(link, "log.csv");
        string inside = folder.File("inside");
        Directory.CreateSymbolicLink(inside, folder.Path);

        Assert.True(FileIdentity.AreSame(file, link));
        Assert.True(FileIdentity.AreSame(Path.Combine(inside, "log.csv"), link));
        Assert.False(FileIdentity.AreSame(file, folder.File("other.csv")));
        Assert.False(FileIdentity.AreSame(file, ""));
    }

    [Fact]
    public void ALinkToItselfIsNoEndlessLoop()
    {
        string link = folder.File("link");
        File.CreateSymbolicLink(link, link);
        Assert.Null(FileIdentity.Of(link));
        Assert.False(FileIdentity.AreSame(link, folder.File("other")));
    }
}
