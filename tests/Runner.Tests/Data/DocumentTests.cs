using System.Text;
using MicroGpt.Runner.Data;
using Xunit;

namespace MicroGpt.Runner.Tests.Data;

public sealed class DocumentTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void OnlyTheLineEndingGoesAndBlankLinesAreNoDocuments() => Assert.Equal(
        ["  emma ", "olivia", "ava", "mia\u00A0"], Documents("  emma \n\n\t\nolivia\r\nava\rmia\u00A0"));

    [Fact]
    public void TrimStripsBothEndsOfAnyWhiteSpace() => Assert.Equal(
        ["emma", "a b", "mia"], Documents("\u3000 emma \n\n\t\r\na b\u2003\nmia\u00A0", trim: true));

    [Fact]
    public void ParagraphsAreDividedByBlankLines() => Assert.Equal(
        ["one\n two", "three", "four"], Documents("\n\none\n two\n \t\n\nthree\r\n\r\nfour\n", DocumentKind.Paragraph));

    [Fact]
    public void AFileIsADocumentWithoutItsLastLineEnding() => Assert.Equal(["a\n\nb"], Documents("a\n\nb\r\n", DocumentKind.File));

    [Fact]
    public void AStreamIsTheTextAsItIs()
    {
        Assert.Equal([" a\n\nb\r\n"], Documents(" a\n\nb\r\n", DocumentKind.Stream));
        Assert.Equal(["a\n\nb"], Documents(" a\n\nb\r\n", DocumentKind.Stream, trim: true));
    }

    [Fact]
    public void AFolderIsReadInTheOrderOfItsPathsWithoutWhatIsNoText()
    {
        folder.Write("b.txt", "b\n\n");
        folder.Write("a.txt", " a");
        folder.Write("picture.png", [0x89, (byte)'P', 0]);
        folder.Write(".hidden", "hidden");
        Directory.CreateDirectory(folder.File("c"));
        folder.Write("c/c.md", "c");
        DocumentSet lines = DocumentSet.Read(new DataSettings { Path = folder.Path });
        Assert.Equal([" a", "b", "c"], Texts(lines));
        Assert.Equal([folder.File("picture.png")], lines.SkippedFiles);
        DocumentSet stream = DocumentSet.Read(new DataSettings { Path = folder.Path, Documents = DocumentKind.Stream, Trim = true });
        Assert.Equal("ab\n\nc", string.Concat(Texts(stream)));
        Assert.Equal("ab\n\nc", new Corpus(stream).Text(0).ToString());
    }

    [Fact]
    public void AByteOrderMarkIsNoCharacter()
    {
        string path = folder.Write("bom.txt", [0xEF, 0xBB, 0xBF, (byte)'a', (byte)'\n']);
        Assert.Equal(["a"], Texts(Read(path)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n  \n\t\r\n")]
    public void AnEmptyFileIsAnError(string text)
    {
        string path = folder.Write("empty.txt", text);
        AssertUsage($"{path} is empty", () => Read(path));
    }

    [Fact]
    public void AMissingFileIsAnError() =>
        AssertUsage("there is no file " + folder.File("none.txt"), () => Read(folder.File("none.txt")));

    [Fact]
    public void AMissingFolderIsAnError() => AssertUsage("there is no file ", () => Read(folder.File("none/none.txt")));

    [Fact]
    public void AFolderWithoutTextIsAnError()
    {
        AssertUsage("has no file", () => Read(folder.Path));
        folder.Write("binary", [0, 1, 2]);
        AssertUsage("has no text file: ", () => Read(folder.Path));
    }

    [Fact]
    public void BytesThatAreNotUtf8AreLocated()
    {
        string path = folder.Write("latin1.txt", [(byte)'a', (byte)'\n', (byte)'b', (byte)'\n', (byte)'c', 0xE9, (byte)'\n']);
        AssertUsage("line 3 has an invalid byte 0xE9 at offset 5", () => Read(path));
    }

    [Fact]
    public void BytesThatAreNotUtf8AreLocatedFarIntoAFile()
    {
        byte[] bytes = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("\u20AC\U0001F600\n", 3000)));
        bytes[20_000] = 0xFF;
        string path = folder.Write("far.txt", bytes);
        AssertUsage("line 2501 has an invalid byte 0xFF at offset 20000", () => Read(path));
    }

    [Fact]
    public void ATruncatedCharacterIsNotUtf8()
    {
        string path = folder.Write("cut.txt", [0xEF, 0xBB, 0xBF, (byte)'a', 0xE2, 0x82]);
        AssertUsage("line 1 has an invalid byte 0xE2 at offset 4", () => Read(path));
    }

    [Fact]
    public void Utf16IsRecognised()
    {
        AssertUsage("looks like UTF-16", () => Read(folder.Write("utf16.txt", [0xFF, 0xFE, (byte)'a', 0])));
        AssertUsage("line 1 has a NUL byte at offset 1", () => Read(folder.Write("without-mark.txt", [(byte)'a', 0])));
    }

    [Fact]
    public void TheHashIsThatOfTheTextNotOfItsName()
    {
        string first = folder.Write("first.txt", "a\nb");
        string second = folder.Write("second.txt", "a\nb");
        string third = folder.Write("third.txt", "a\nc");
        Assert.Equal(Read(first).Hash(), Read(second).Hash());
        Assert.NotEqual(Read(first).Hash(), Read(third).Hash());
        Assert.Equal(64, Read(first).Hash().Length);
    }

    [Fact]
    public void TheBuiltInNames()
    {
        Corpus corpus = Corpus.BuiltInNames();
        string[] names = [.. Enumerable.Range(0, corpus.Count).Select(document => corpus.Text(document).ToString())];
        Assert.True(names.Length >= 2000, $"{names.Length} names");
        Assert.Equal(names.Length, names.Distinct().Count());
        Assert.All(names, name => Assert.Matches("^[a-z]{2,15}$", name));
        Assert.Equal(26, names.SelectMany(name => name).Distinct().Count());
    }

    private static DocumentSet Read(string path) => DocumentSet.Read(new DataSettings { Path = path });

    private static string[] Documents(string text, DocumentKind kind = DocumentKind.Line, bool trim = false) =>
        Texts(DocumentSet.Parse(text, "test", new DataSettings { Documents = kind, Trim = trim }));

    private static string[] Texts(DocumentSet set)
    {
        var texts = new List<string>();
        DocumentEnumerator documents = set.GetEnumerator();
        while (documents.MoveNext())
        {
            texts.Add(Encoding.UTF8.GetString(documents.Current));
        }

        Assert.Equal(set.Count, texts.Count);
        return [.. texts];
    }

    private static void AssertUsage(string expected, Func<object> action)
    {
        RunnerException error = Assert.Throws<RunnerException>(action);
        Assert.Contains(expected, error.Message);
        Assert.Equal(ExitCode.Usage, error.ExitCode);
    }
}
