using MicroGpt.Runner.Data;
using Xunit;

namespace MicroGpt.Runner.Tests;

public sealed class DocumentTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void LinesAreStrippedAndEmptyOnesDropped()
    {
        DocumentSet set = DocumentSet.Parse("  emma \n\n\t\nolivia\r\nava\rmia\u00A0", "test");
        Assert.Equal(
            [new Document("emma", 1, 3), new Document("olivia", 4, 1), new Document("ava", 5, 1), new Document("mia", 6, 1)],
            set.Documents.ToArray());
    }

    [Fact]
    public void AByteOrderMarkIsNoCharacter()
    {
        string path = folder.Write("bom.txt", [0xEF, 0xBB, 0xBF, (byte)'a', (byte)'\n']);
        Assert.Equal([new Document("a", 1, 1)], DocumentFile.Read(path).Documents.ToArray());
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n  \n\t\r\n")]
    public void AnEmptyFileIsAnError(string text)
    {
        string path = folder.Write("empty.txt", text);
        AssertUsage($"{path} is empty", () => DocumentFile.Read(path));
    }

    [Fact]
    public void AMissingFileIsAnError() =>
        AssertUsage("there is no file " + folder.File("none.txt"), () => DocumentFile.Read(folder.File("none.txt")));

    [Fact]
    public void AMissingFolderIsAnError() =>
        AssertUsage("there is no file ", () => DocumentFile.Read(folder.File("none/none.txt")));

    [Fact]
    public void AFolderIsAnError() => AssertUsage("is a folder", () => DocumentFile.Read(folder.Path));

    [Fact]
    public void BytesThatAreNotUtf8AreLocated()
    {
        string path = folder.Write("latin1.txt", [(byte)'a', (byte)'\n', (byte)'b', (byte)'\n', (byte)'c', 0xE9, (byte)'\n']);
        AssertUsage("line 3 has an invalid byte 0xE9 at offset 5", () => DocumentFile.Read(path));
    }

    [Fact]
    public void ATruncatedCharacterIsNotUtf8()
    {
        string path = folder.Write("cut.txt", [0xEF, 0xBB, 0xBF, (byte)'a', 0xE2, 0x82]);
        AssertUsage("line 1 has an invalid byte 0xE2 at offset 4", () => DocumentFile.Read(path));
    }

    [Fact]
    public void Utf16IsRecognised()
    {
        string path = folder.Write("utf16.txt", [0xFF, 0xFE, (byte)'a', 0]);
        AssertUsage("looks like UTF-16", () => DocumentFile.Read(path));
    }

    [Fact]
    public void TheBuiltInNames()
    {
        string[] names = [.. DocumentFile.BuiltInNames().Documents.ToArray().Select(document => document.Text)];
        Assert.True(names.Length >= 2000, $"{names.Length} names");
        Assert.Equal(names.Length, names.Distinct().Count());
        Assert.All(names, name => Assert.Matches("^[a-z]{2,15}$", name));
        Assert.Equal(26, names.SelectMany(name => name).Distinct().Count());
    }

    private static void AssertUsage(string expected, Func<object> action)
    {
        RunnerException error = Assert.Throws<RunnerException>(action);
        Assert.Contains(expected, error.Message);
        Assert.Equal(ExitCode.Usage, error.ExitCode);
    }
}
