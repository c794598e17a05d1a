using Xunit;

namespace MicroGpt.Runner.Tests.Data;

public sealed class DataCommandTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void ADatasetIsDescribed()
    {
        string data = folder.Write("data.txt", "emma\n\nava\nava\n olivia-grace- \u00E9\n");
        CommandLine run = CommandLine.Run("data", "--data", data);
        Assert.Equal((ExitCode.Success, ""), (run.ExitCode, run.Error));
        Assert.Equal(
            $"""
            data            {data}: 4 documents, 26 characters
            bytes           32
            vocabulary      14 tokens:  -acegilmorv{'\u00E9'} and BOS
            lengths         3 to 16 characters, median 4
                2 to 3  ##############################  2
                4 to 7  ###############                 1
              16 to 31  ###############                 1
            cut off         at BlockSize = 16: 1 document, the token that ends them is not used
            spec            using MicroGpt;
                            [GptModel(VocabSize = 14, BlockSize = 17, NEmbd = 32, NHead = 4, NLayer = 2)]
                            public sealed partial class MyGpt;

            """,
            run.Out[..run.Out.IndexOf("baselines", StringComparison.Ordinal)]);
        Assert.Matches(@"(?m)^baselines       uniform 2\.6391, unigram \d\.\d{4}, bigram \d\.\d{4} nats a token$", run.Out);
        Assert.Contains($"  {data}, line 5, column 1: 1 document begins or ends with white space; --trim strips it.\n", run.Out);
        Assert.Contains($"  {data}, line 4, column 1: 1 document is there more than once; ", run.Out);
        Assert.Contains("more characters occur once or twice; --tokenizer bytes has no rare tokens.\n", run.Out);
    }

    [Fact]
    public void AStreamIsDescribed()
    {
        string data = folder.Write("data.txt", string.Concat(Enumerable.Repeat("abab\r\n", 100)));
        CommandLine run = CommandLine.Run("data", "--data", data, "--documents", "stream");
        Assert.Contains($"data            {data}: a stream of 600 characters\n", run.Out);
        Assert.Contains("vocabulary      4 tokens: \\n\\rab\n", run.Out);
        Assert.Contains("spec            using MicroGpt;\n                [GptModel(VocabSize = 4, BlockSize = 64, ", run.Out);
        Assert.Contains($"  {data}, line 1, column 5: the carriage return of Windows line endings occurs 100 times: ", run.Out);
        Assert.DoesNotContain("lengths", run.Out);
    }

    [Fact]
    public void AStreamOfOneTokenIsAUsageError()
    {
        string data = folder.Write("one.txt", "a");
        CommandLine run = CommandLine.Run("data", "--data", data, "--documents", "stream");
        Assert.Equal((ExitCode.Usage, ""), (run.ExitCode, run.Out));
        Assert.Equal(
            $"error: {data} has one token; a model of a stream predicts the second from the first. Give more text.\n", run.Error);
        Assert.Equal(ExitCode.Success, CommandLine.Run("data", "--data", data).ExitCode);
        Assert.Equal(
            ExitCode.Success, CommandLine.Run("data", "--data", folder.Write("two.txt", "ab"), "--documents", "stream").ExitCode);
    }

    [Fact]
    public void OneOfAnythingIsSingular()
    {
        string one = folder.Write("one.txt", new string('a', 20));
        Assert.Contains("vocabulary      1 token: a\n", CommandLine.Run("data", "--data", one, "--documents", "stream").Out);
        string rare = folder.Write("rare.txt", "abcdef\n");
        Assert.Contains("1 more character occurs once or twice; ", CommandLine.Run("data", "--data", rare).Out);
    }

    [Fact]
    public void ARareCharacterIsLocated()
    {
        string data = folder.Write("data.txt", "ababab\nbab\u00E9ab\n");
        Assert.EndsWith(
            $"problems\n  {data}, line 2, column 4: the character '\u00E9' (U+00E9) occurs once: too rare to be learned, "
                + "but it takes a token.\n",
            CommandLine.Run("data", "--data", data).Out);
    }

    [Fact]
    public void DamagedTextIsLocated()
    {
        string data = folder.Write("data.txt", "ab\u0007\uFFFDab\nab\u0007\uFFFDa\n\uFEFFbab\uFEFF");
        string output = CommandLine.Run("data", "--data", data, "--documents", "file").Out;
        Assert.Contains($"  {data}, line 1, column 4: U+FFFD, which stands for what could not be decoded, occurs 2 times", output);
        Assert.Contains($"  {data}, line 1, column 3: control characters occur 2 times.", output);
        Assert.Contains($"  {data}, line 3, column 1: a byte-order mark within the text occurs 2 times", output);
    }

    [Fact]
    public void OtherTokenizersAreDescribed()
    {
        string data = folder.Write("data.txt", "Hello, world!\n\nHi\nthere\n");
        Assert.Contains("257 tokens: the bytes of UTF-8 and BOS", CommandLine.Run("data", "--data", data, "--tokenizer", "bytes").Out);
        string gpt2 = CommandLine.Run("data", "--data", data, "--tokenizer", "GPT2", "--documents", "paragraph").Out;
        Assert.Contains($"{data}: 2 documents, 21 characters, 10 tokens\n", gpt2);
        Assert.Contains("VocabSize = 50257, BlockSize = 5,", gpt2);
    }

    [Fact]
    public void WhatIsNotUsedIsSaid()
    {
        string data = folder.Write("data.txt", "ab\n" + string.Concat(Enumerable.Repeat(new string('a', 126) + "\n", 50)));
        CommandLine run = CommandLine.Run("--data", data, "--steps", "1", "--samples", "0");
        Assert.Equal(ExitCode.Success, run.ExitCode);
        Assert.Equal(
            "warning: 50 documents are longer than the block of 16: 87 % of the characters are not used; "
                + "BlockSize = 127 or --documents stream would use them.\n",
            run.Error);
        Assert.Equal("", CommandLine.Run("--data", data, "--documents", "stream", "--steps", "1").Error);

        Directory.CreateDirectory(folder.File("texts"));
        folder.Write("texts/a.txt", "ab");
        folder.Write("texts/b.bin", [0]);
        Assert.Equal(
            $"warning: {folder.File("texts/b.bin")} is left out: not UTF-8 text.\n",
            CommandLine.Run("--data", folder.File("texts"), "--steps", "1", "--samples", "0").Error);
    }

    [Fact]
    public void AResultIsNotWrittenOverAFileOfTheDataFolder()
    {
        Directory.CreateDirectory(folder.File("texts"));
        string text = folder.Write("texts/a.txt", "ab");
        string link = folder.File("link.csv");
        File.CreateSymbolicLink(link, text);
        foreach (string option in new[] { "--log", "--report" })
        {
            CommandLine run = CommandLine.Run("--data", folder.File("texts"), option, link, "--overwrite", "--steps", "1");
            Assert.Equal(ExitCode.Usage, run.ExitCode);
            Assert.StartsWith($"error: {option}: {text} is read as data and would be overwritten", run.Error);
        }

        Assert.Equal("ab", File.ReadAllText(text));
    }

    [Theory]
    [InlineData("--documents: there is no 'lines'. Did you mean line? Known: line, paragraph, file, stream.", "--documents", "lines")]
    [InlineData("--tokenizer: there is no 'gpt4'. Did you mean gpt2?", "--tokenizer", "gpt4")]
    [InlineData("unknown", "x")]
    public void UnknownChoicesAreUsageErrors(string expected, params string[] args)
    {
        CommandLine run = CommandLine.Run(["data", .. args]);
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains(expected == "unknown" ? "'x'" : expected, run.Error);
    }

    [Fact]
    public void AccentsCyrillicAndEmojiAreTrainedAndSampled()
    {
        string data = folder.Write("data.txt", "zo\u00EB\n\u0410\u043D\u043D\u0430\n\U0001F600\U0001F601\n");
        string log = folder.File("log.csv");
        CommandLine run = CommandLine.Run("--data", data, "--model", "wide", "--steps", "30", "--log", log, "--samples", "5");
        Assert.Equal((ExitCode.Success, ""), (run.ExitCode, run.Error));
        Assert.Contains("9 tokens: ", run.Out);
        string[] rows = File.ReadAllLines(log);
        Assert.Contains(rows, row => row.Contains(",\u0410\u043D\u043D\u0430,5,", StringComparison.Ordinal));
        Assert.Contains(rows, row => row.Contains(",\U0001F600\U0001F601,3,", StringComparison.Ordinal));
        Assert.DoesNotContain("\uFFFD", run.Out);
    }
}
