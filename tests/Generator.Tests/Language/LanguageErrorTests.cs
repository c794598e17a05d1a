namespace MicroGpt.Generator.Tests.Language;

using MicroGpt.Generator.Language;
using Xunit;
using static MicroGpt.Generator.Language.Functions;
using Parameter = MicroGpt.Generator.Language.Parameter;

/// <summary>A mistake is said in the terms of the model's text, with shapes.</summary>
public sealed class LanguageErrorTests
{
    private static readonly Dictionary<string, (Func<Values, object> Mistake, string Message)> Mistakes = new()
    {
        ["linear"] = (v => Linear(v.X, Matrix(16, 48, name: "fc2")), "fc2 [16, 48] takes 48 channels, but x [rows, 6] has 6"),
        ["linear of a vector"] = (v => Linear(v.X, v.V), "Linear needs a matrix; v [6] is a vector"),
        ["linear on a vector"] = (v => Linear(v.V, v.W), "Linear needs rows; v [6] is a vector"),
        ["bias"] = (v => Linear(v.X, v.W, v.V), "the bias v [6] has 6 channels, but w [5, 6] gives 5"),
        ["matrix as a tensor"] = (v => v.X + v.W, "w [5, 6] is a matrix: it stands only in Linear's second argument"),
        ["channels"] = (v => v.X + v.X.Slice(0, 4), "x [rows, 6] + the result of Slice [rows, 4]: 6 channels do not meet 4"),
        ["heads"] = (v => v.X.Heads(2) * v.X.Heads(3), "2 heads do not meet 3; Heads(1) ungroups"),
        ["no such heads"] = (v => v.X.Heads(4), "x [rows, 6] has 6 channels, which are not a whole number for each of 4 heads"),
        ["slice"] = (v => v.X.Heads(2).Slice(1, 4), "has no channels 1..4: a group has 3"),
        ["empty slice"] = (v => v.X.Slice(3, 3), "and a slice at least one"),
        ["concat"] = (v => Concat(v.X, v.X.Heads(2)), "Concat: 1 heads of x [rows, 6] do not meet 2"),
        ["empty concat"] = (_ => Concat(), "at least one tensor"),
        ["rope"] = (v => Rope(v.X, v.Tokens, 2), "a head of x [rows, 2·3] has 3"),
        ["rope on a vector"] = (v => Rope(v.V, v.Tokens, 1), "Rope needs rows; v [6] is a vector"),
        ["key heads"] = (v => Attention(v.X, v.X, v.X, v.Tokens, 3, 2), "3 heads are not a whole number for each of 2 key heads"),
        ["sizes of heads"] = (
            v => Attention(v.X, v.X.Slice(0, 4), v.X.Slice(0, 4), v.Tokens, 2),
            "a head of q x [rows, 2·3] has 3 channels, one of k the result of Slice [rows, 2·2] has 2"),
        ["window"] = (v => Attention(v.X, v.X, v.X, v.Tokens, 2, window: 0), "a window of 0 positions is none"),
        ["softcap"] = (v => Attention(v.X, v.X, v.X, v.Tokens, 2, softcap: 0), "a soft cap must be a finite number of more than 0, not 0"),
        ["infinite softcap"] = (v =>
            Attention(v.X, v.X, v.X, v.Tokens, 2, softcap: double.PositiveInfinity), "a soft cap must be a finite number of more than 0"),
        ["scale"] = (v => Attention(v.X, v.X, v.X, v.Tokens, 2, scale: double.NaN), "the scale must be a finite number"),
        ["theta"] = (v => Rope(v.X, v.Tokens, 3, theta: -5), "Rope needs a finite theta of more than 0, not -5"),
        ["dropout"] = (v => Dropout(v.X, 1), "Dropout needs a rate of at least 0 and less than 1, not 1"),
        ["clamp"] = (v => Clamp(v.X, 2, 1), "not 2 and 1"),
        ["short table"] = (v => Matrix(4, 6, name: "short")[v.Tokens], "short [4, 6] has 4 rows, but the vocabulary has 5 tokens"),
        ["short positions"] = (v => Matrix(3, 6, name: "wpe")[v.Tokens.Positions], "wpe [3, 6] has 3 rows, but the block has 4 positions"),
        ["rows of a vector"] = (v => v.V[v.Tokens], "v [6] is a vector: only a matrix has rows"),
        ["two names"] = (_ => Matrix(2, 2, name: "w"), "there are two parameters called w"),
        ["no size"] = (_ => Vector(0, name: "empty"), "empty [0]: every size must be at least 1"),
        ["deviation"] = (_ => Vector(2, std: -1, name: "s"), "a deviation of at least 0"),
        ["logits"] = (v => Recording.Current.Finish(v.X), "Forward returns x [rows, 6], but must return logits [rows, 5]"),
        ["vector of logits"] = (v => Recording.Current.Finish(v.V.Slice(0, 5)), "must return logits [rows, 5]"),
    };

    public static TheoryData<string> Names => [.. Mistakes.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void SaysWhatIsWrong(string name)
    {
        using var recording = Recording.Begin(vocabSize: 5, blockSize: 4, initStd: 0.1);
        Parameter w = Matrix(5, 6, name: "w"), v = Vector(6, name: "v");
        Tensor x = w[recording.Tokens];
        recording.SetName(x, "x");
        (Func<Values, object> mistake, string message) = Mistakes[name];
        var error = Assert.Throws<LanguageException>(() => mistake(new Values(x, w, v, recording.Tokens)));
        Assert.Contains(message, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void PositionsNeedALimit()
    {
        using var recording = Recording.Begin(vocabSize: 5, blockSize: 0, initStd: 0.1);
        Parameter w = Matrix(5, 6, name: "w");
        Tensor x = w[recording.Tokens];
        var table = Assert.Throws<LanguageException>(() => w[recording.Tokens.Positions]);
        Assert.Contains("no limit where BlockSize is 0", table.Message, StringComparison.Ordinal);
        var attention = Assert.Throws<LanguageException>(() => Attention(x, x, x, recording.Tokens, 2));
        Assert.Contains("give a BlockSize or a window", attention.Message, StringComparison.Ordinal);
        Assert.Equal(6, Attention(x, x, x, recording.Tokens, 2, window: 3).Channels);
    }

    private sealed record Values(Tensor X, Parameter W, Parameter V, Tokens Tokens);
}
