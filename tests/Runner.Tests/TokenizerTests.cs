using MicroGpt.Runner.Data;
using MicroGpt.Runner.Tests.Models;
using Xunit;

namespace MicroGpt.Runner.Tests;

public class TokenizerTests
{
    [Fact]
    public void CharactersAreSortedAndBosFollows()
    {
        Tokenizer tokenizer = For("cab\nbee", vocabSize: 27);
        Assert.Equal(["a", "b", "c", "e"], tokenizer.Characters.ToArray().Select(rune => rune.ToString()));
        Assert.Equal(4, tokenizer.Bos);
        Assert.Equal(5, tokenizer.Count);
        var tokens = new List<int>();
        tokenizer.Encode("ace", tokens);
        Assert.Equal([0, 2, 3], tokens);
    }

    [Fact]
    public void TheOrderIsThatOfCodePointsNotOfUtf16()
    {
        // U+FB01 sorts before U+1F600, though the latter's first surrogate, U+D83D, is smaller.
        Tokenizer tokenizer = For("\U0001F600\uFB01z", vocabSize: 10);
        Assert.Equal(['z', 0xFB01, 0x1F600], tokenizer.Characters.ToArray().Select(rune => rune.Value));
    }

    [Fact]
    public void AFullVocabularyFits() => Assert.Equal(4, For("abc", vocabSize: 4).Count);

    [Fact]
    public void ACharacterWithoutRoomIsLocated()
    {
        RunnerException error = Assert.Throws<RunnerException>(() => For("ab\n  a\U0001F600cd", vocabSize: 4));
        Assert.Equal(ExitCode.Usage, error.ExitCode);
        Assert.Contains("test, line 2, column 5: the character 'c' (U+0063)", error.Message);
        Assert.Contains("VocabSize = 4 has room for BOS and 3 different characters; the data has 5. Set VocabSize = 6", error.Message);
    }

    [Fact]
    public void ACharacterThatDidNotOccurHasNoToken()
    {
        Tokenizer tokenizer = For("ac", vocabSize: 4);
        Assert.Contains("'b' (U+0062)", Assert.Throws<RunnerException>(() => tokenizer.Encode("b", [])).Message);
        Assert.Contains("U+007A", Assert.Throws<RunnerException>(() => tokenizer.Encode("z", [])).Message);
    }

    private static Tokenizer For(string text, int vocabSize) =>
        Tokenizer.ForDocuments(DocumentSet.Parse(text, "test"), BigramModel.Entry(vocabSize: vocabSize).Description);
}
