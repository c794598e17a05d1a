using System.Text;
using FsCheck;
using FsCheck.Fluent;
using MicroGpt.Runner.Data;
using MicroGpt.Runner.Tests.Models;
using Xunit;

namespace MicroGpt.Runner.Tests.Data;

public class TokenizerTests
{
    [Fact]
    public void CharactersAreSortedAndBosFollows()
    {
        Tokenizer tokenizer = For("cab\nbee");
        Assert.Equal(["a", "b", "c", "e"], CharactersOf(tokenizer));
        Assert.Equal(4, tokenizer.Bos);
        Assert.Equal(5, tokenizer.Count);
        Assert.Equal(4, tokenizer.Start);
        Assert.Equal([0, 2, 3], tokenizer.Encode("ace"));
        Assert.Equal("ace", tokenizer.Decode([4, 0, 2, 3, 4]));
    }

    [Fact]
    public void TheOrderIsThatOfCodePointsNotOfUtf16()
    {
        // U+FB01 sorts before U+1F600, though the latter's first surrogate, U+D83D, is smaller.
        Tokenizer tokenizer = For("\U0001F600\uFB01z");
        Assert.Equal(["z", "\uFB01", "\U0001F600"], CharactersOf(tokenizer));
    }

    [Fact]
    public void AStreamHasNoBosAndStartsAtANewline()
    {
        Tokenizer tokenizer = For("b\na", DocumentKind.Stream);
        Assert.Null(tokenizer.Bos);
        Assert.Equal(3, tokenizer.Count);
        Assert.Equal(["\n", "a", "b"], CharactersOf(tokenizer));
        Assert.Equal(0, tokenizer.Start);
        Assert.Equal(1, For("b\t\na", DocumentKind.Stream).Start);
        Assert.Equal(0, For("ba", DocumentKind.Stream).Start);
    }

    [Fact]
    public void AFullVocabularyFits()
    {
        Corpus("abc").CheckFits(BigramModel.Entry(vocabSize: 4).Description);
        Corpus("abc", DocumentKind.Stream).CheckFits(BigramModel.Entry(vocabSize: 3).Description);
    }

    [Fact]
    public void ACharacterWithoutRoomIsLocated()
    {
        RunnerException error = Assert.Throws<RunnerException>(
            () => Corpus("ab\n  a\U0001F600cd").CheckFits(BigramModel.Entry(vocabSize: 5).Description));
        Assert.Equal(ExitCode.Usage, error.ExitCode);
        Assert.Contains("test, line 2, column 5: the character 'c' (U+0063)", error.Message.Replace(
            "column 4: the character '\U0001F600' (U+1F600)", ""));
        Assert.Contains("VocabSize = 5 has room for BOS and 4 different characters; the data has 6. Set VocabSize = 7", error.Message);
    }

    [Fact]
    public void ATokenizerWithoutRoomIsAnError()
    {
        var corpus = new Corpus(DocumentSet.Parse("a", "test", new DataSettings { Tokenizer = TokenizerKind.Bytes }));
        RunnerException error = Assert.Throws<RunnerException>(() => corpus.CheckFits(BigramModel.Entry().Description));
        Assert.Contains("VocabSize = 27, is smaller than that of the tokenizer, which has 257 tokens. Set VocabSize = 257", error.Message);
    }

    [Fact]
    public void ACharacterThatDidNotOccurHasNoToken()
    {
        Tokenizer tokenizer = For("ac");
        Assert.Contains("'b' (U+0062)", Assert.Throws<RunnerException>(() => tokenizer.Encode("b")).Message);
        Assert.Contains("U+0007", Assert.Throws<RunnerException>(() => tokenizer.Encode("\u0007")).Message);
        Assert.Contains("U+1F600", Assert.Throws<RunnerException>(() => tokenizer.Encode("a\U0001F600")).Message);
    }

    [Fact]
    public void ATextIsEncodedWithTheTokenizerOfAnother()
    {
        Tokenizer tokenizer = For("abc");
        var corpus = new Corpus(DocumentSet.Parse("ca\nb", "test"), tokenizer);
        Assert.Equal("ca", corpus.Text(0).ToString());
        RunnerException error = Assert.Throws<RunnerException>(() => new Corpus(DocumentSet.Parse("ca\r\nbad", "test"), tokenizer));
        Assert.Contains("test, line 2, column 3: the model does not know the character 'd'", error.Message);
    }

    [Fact]
    public void EveryTextSurvivesEveryTokenizer()
    {
        Tokenizer[] tokenizers = [.. Others().Select(Tokenizer.Create)];
        Prop.ForAll(ArbMap.Default.ArbFor<string>().Filter(text => text is not null && !text.Contains('\0')), text =>
        {
            // Lone surrogates are no text.
            text = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes("x" + text));
            Tokenizer characters = Tokenizer.Create(CharacterTokenizer.Of(text.EnumerateRunes().Distinct(), hasBos: true).Description);
            return tokenizers.Append(characters).All(tokenizer =>
            {
                int[] tokens = tokenizer.Encode(text);
                return tokenizer.Decode(tokens) == text
                    && tokens.All(token => token >= 0 && token < tokenizer.TextTokens)
                    && tokens.Sum(tokenizer.CharactersBegun) == text.EnumerateRunes().Count();
            });
        }).QuickCheckThrowOnFailure();

        static TokenizerDescription[] Others() => [new(TokenizerKind.Bytes, true, ""), new(TokenizerKind.Gpt2, false, "")];
    }

    [Fact]
    public void Gpt2HasItsOwnNumbers()
    {
        // From OpenAI's encoder for GPT-2.
        Tokenizer tokenizer = Tokenizer.Create(new TokenizerDescription(TokenizerKind.Gpt2, true, ""));
        Assert.Equal(50257, tokenizer.Count);
        Assert.Equal(50256, tokenizer.Bos);
        Assert.Equal([15496, 11, 995, 0], tokenizer.Encode("Hello, world!"));
        Assert.Equal([198], tokenizer.Encode("\n"));
        Assert.DoesNotContain(50256, tokenizer.Encode("<|endoftext|>"));
    }

    [Fact]
    public void ALongTextIsEncodedInPartsAsInOne()
    {
        Tokenizer tokenizer = Tokenizer.Create(new TokenizerDescription(TokenizerKind.Gpt2, true, ""));
        string line = "And the earth was  without form,\n\n and void;\nand darkness\n";
        int[] lines = tokenizer.Encode(string.Concat(Enumerable.Repeat(line, 40_000)));
        Assert.Equal(tokenizer.Encode(line).Length * 40_000, lines.Length);
    }

    [Fact]
    public void CharactersOutOfOrderAreNoTokenizer() =>
        Assert.Throws<RunnerException>(() => Tokenizer.Create(new TokenizerDescription(TokenizerKind.Characters, true, "ba")));

    private static Tokenizer For(string text, DocumentKind kind = DocumentKind.Line) => Corpus(text, kind).Tokenizer;

    private static Corpus Corpus(string text, DocumentKind kind = DocumentKind.Line) =>
        new(DocumentSet.Parse(text, "test", new DataSettings { Documents = kind }));

    private static string[] CharactersOf(Tokenizer tokenizer) =>
        [.. ((CharacterTokenizer)tokenizer).Characters.ToArray().Select(rune => rune.ToString())];
}
