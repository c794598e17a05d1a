namespace MicroGpt.Core.Tests.Language;

/// <summary>Mistakes in a model's text are told in its terms, with shapes.</summary>
public class ErrorTests
{
    private static string Message(Func<Probe, Tokens, Tensor> function, int block = Probe.Block)
    {
        var model = new EagerModel(() => new Probe(6, 6, function).Forward, Probe.Vocabulary, block);
        model.LoadParameters(new double[model.ParameterCount]);
        return Assert.Throws<LanguageException>(() => model.Loss(new Batch([1, 2], [2, 3], [0, 2]))).Message;
    }

    [Fact]
    public void Channels_that_do_not_meet()
    {
        Assert.Equal(
            "w [6, 6] takes 6 channels, but short [rows, 4] has 4", Message((p, t) => Linear(p.A[t][..4].Named("short"), p.W)));
        Assert.Equal(
            "the bias the result of Slice [5] has 5 channels, but w [6, 6] gives 6",
            Message((p, t) => Linear(p.A[t], p.W, p.Bias[1..])));
        Assert.Equal(
            "x [rows, 6] + y [rows, 4]: 6 channels do not meet 4; both must have as many, or one of them one",
            Message((p, t) => p.A[t].Named("x") + p.B[t][..4].Named("y")));
        Assert.Equal(
            "x [rows, 2·3] * y [rows, 3·2]: 2 heads do not meet 3; Heads(1) ungroups",
            Message((p, t) => p.A[t].Named("x").Heads(2) * p.B[t].Named("y").Heads(3)));
        Assert.Equal(
            "x [rows, 6] has 6 channels, which are not a whole number for each of 4 heads",
            Message((p, t) => p.A[t].Named("x").Heads(4)));
        Assert.Equal("x [rows, 6] has no channels 4..7: it has 6, and a slice at least one", Message((p, t) => p.A[t].Named("x")[4..7]));
        Assert.Equal(
            "x [rows, 2·3] has no channels 2..2: a group has 3, and a slice at least one",
            Message((p, t) => p.A[t].Named("x").Heads(2)[2..2]));
        Assert.Equal(
            "Concat: 2 heads of x [rows, 2·3] do not meet 1 of y [rows, 6]; Heads(1) ungroups",
            Message((p, t) => Concat(p.A[t].Named("x").Heads(2), p.B[t].Named("y"))));
        Assert.Equal("Concat needs at least one tensor", Message((_, _) => Concat()));
    }

    [Fact]
    public void Matrices_and_vectors_in_the_wrong_place()
    {
        const string Matrix = "w [6, 6] is a matrix: it stands only in Linear's second argument and before [tokens] or [tokens.Positions]";
        Assert.Equal(Matrix, Message((p, t) => p.A[t] + p.W));
        Assert.Equal(Matrix, Message((p, _) => Relu(p.W)));
        Assert.Equal("gain [6] is a vector: Linear needs a matrix", Message((p, t) => Linear(p.A[t], p.Gain)));
        Assert.Equal("gain [6] is a vector: only a matrix has rows to read by tokens", Message((p, t) => p.Gain[t]));
        Assert.Equal("Linear needs rows; gain [6] is a vector", Message((p, _) => Linear(p.Gain, p.W)));
        Assert.Equal("Dropout needs rows; gain [6] is a vector", Message((p, _) => Dropout(p.Gain, 0.5)));
        Assert.Equal("Rope needs rows; gain [6] is a vector", Message((p, t) => Rope(p.Gain, t, 1)));
        Assert.Equal("Attention needs rows; gain [6] is a vector", Message((p, t) => Attention(p.A[t], p.B[t], p.Gain, t, 1)));
    }

    [Fact]
    public void Tables_that_are_too_small()
    {
        Assert.Equal("w [6, 6] has 6 rows, but the vocabulary has 7 tokens", Message((p, t) => p.W[t]));
        Assert.Equal("w [6, 6] has 6 rows, but the block has 8 positions", Message((p, t) => p.W[t.Positions]));
        Assert.Equal(
            "c [8, 6] is read by positions, of which there is no limit where BlockSize is 0: give a BlockSize",
            Message((p, t) => p.C[t.Positions], block: 0));
        Assert.Equal(
            "Attention needs a limit where BlockSize is 0: give a BlockSize or a window",
            Message((p, t) => Attention(p.A[t], p.B[t], p.A[t], t, 1), block: 0));
    }

    [Fact]
    public void Numbers_that_make_no_sense()
    {
        Assert.Equal(
            "Attention: 3 heads are not a whole number for each of 2 key heads",
            Message((p, t) => Attention(p.A[t], p.B[t], p.A[t], t, 3, 2)));
        Assert.Equal(
            "Attention: a head of q x [rows, 3·2] has 2 channels, one of k y [rows, 6] has 6",
            Message((p, t) => Attention(p.A[t].Named("x"), p.B[t].Named("y"), p.A[t], t, 3, 1)));
        Assert.Equal(
            "Attention: a window of 0 positions is none; give at least 1, or none for all",
            Message((p, t) => Attention(p.A[t], p.B[t], p.A[t], t, 1, window: 0)));
        Assert.Equal(
            "Attention: a soft cap must be a finite number of more than 0, not 0",
            Message((p, t) => Attention(p.A[t], p.B[t], p.A[t], t, 1, softcap: 0)));
        Assert.Equal("Rope turns pairs of channels, but a head of x [rows, 2·3] has 3", Message((p, t) => Rope(p.A[t].Named("x"), t, 2)));
        Assert.Equal("Rope needs a finite theta of more than 0, not -1", Message((p, t) => Rope(p.A[t], t, 1, theta: -1)));
        Assert.Equal("Dropout needs a rate of at least 0 and less than 1, not 1", Message((p, t) => Dropout(p.A[t], 1)));
        Assert.Equal("Clamp needs a lower bound of at most the upper one, not 1 and -1", Message((p, t) => Clamp(p.A[t], 1, -1)));
    }

    [Fact]
    public void Forward_must_return_logits()
    {
        var model = new EagerModel(() => new Headless().Forward, Probe.Vocabulary, 0);
        model.LoadParameters(new double[model.ParameterCount]);
        Assert.Equal(
            "Forward returns x [rows, 3], but must return logits [rows, 7], one for each token of the vocabulary",
            Assert.Throws<LanguageException>(() => model.Loss(new Batch([1], [2], [0, 1]))).Message);
    }

    private sealed class Headless
    {
        private readonly Parameter wte = Matrix(Probe.Vocabulary, 3);

        public Tensor Forward(Tokens tokens) => wte[tokens].Named("x");
    }

    [Fact]
    public void Values_do_not_outlive_their_run()
    {
        Tensor? kept = null;
        Assert.Equal(
            "x [rows, 6] belongs to another run of the forward pass: a value cannot be kept from one to the next",
            Twice((p, t) => (kept ??= p.A[t].Named("x")) + p.B[t]));
        kept = null;
        Assert.Equal(
            "x [rows, 6] and the tokens belong to different runs of the forward pass",
            Twice((p, t) => Rope(kept ??= p.A[t].Named("x"), t, 1)));
        Tokens? tokens = null;
        Assert.Equal("a [7, 6] and the tokens belong to different runs of the forward pass", Twice((p, t) => p.A[tokens ??= t]));
    }

    private static string Twice(Func<Probe, Tokens, Tensor> function)
    {
        EagerModel model = Probe.Model(6, 6, function);
        model.LoadParameters(new double[model.ParameterCount]);
        model.Loss(new Batch([1], [2], [0, 1]));
        return Assert.Throws<LanguageException>(() => model.Loss(new Batch([1], [2], [0, 1]))).Message;
    }

    [Fact]
    public void Numbers_cannot_be_read_inside_Forward()
    {
        const string Told = "x [rows, 6] cannot be read inside Forward: the compiled pass has no numbers there. "
            + "The debugger shows them; or read the value after the pass";
        Assert.Equal(Told, Message((p, t) => p.A[t].Named("x") * p.A[t].Named("x").ToArray()[0]));
        Assert.Equal(Told, Message((p, t) => p.A[t].Named("x").Dump().Length * p.A[t]));
    }
}
