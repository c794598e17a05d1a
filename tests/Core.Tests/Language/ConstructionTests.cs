namespace MicroGpt.Core.Tests.Language;

/// <summary>Order, names and starts of parameters are those of the text.</summary>
public class ConstructionTests
{
    private abstract class Base(int width)
    {
        private readonly Parameter last = Matrix(3, width, std: 0.5);

        public Tensor Forward(Tokens tokens) => Linear(Middle(last[tokens]), last);

        protected abstract Tensor Middle(Tensor x);
    }

    private sealed class Derived() : Base(4)
    {
        private readonly Parameter first = Vector(4, 1), second = Vector(4, 2, std: 0.1, name: "two.weight");
        private readonly Inner[] blocks = Layers<Inner>(2), bare = Layers(1, _ => new Inner(), name: "");
        private readonly Inner[] named = Layers(2, i => new Inner(), name: "layer{0}");
        private readonly Parameter? none = null;

        protected override Tensor Middle(Tensor x) =>
            (x * first + second) * blocks[0].Gain * blocks[1].Gain * bare[0].Gain * named[0].Gain * named[1].Gain * (none is null ? 1 : 0);
    }

    private sealed class Inner
    {
        public Parameter Gain { get; } = Vector(4, 1);
    }

    [Fact]
    public void Parameters_come_in_the_order_of_construction()
    {
        var model = new EagerModel(() => new Derived().Forward, 3, 0, initStd: 0.02);
        Assert.Equal(
            ["first", "two.weight", "blocks.0.Gain", "blocks.1.Gain", "Gain", "layer0.Gain", "layer1.Gain", "last"],
            model.Parameters.Select(p => p.Name));
        Assert.Equal([0, 4, 8, 12, 16, 20, 24, 28], model.Parameters.Select(p => p.Offset));
        Assert.Equal(40, model.ParameterCount);
        Assert.Equal([1, 2, 1, 1, 1, 1, 1, 0], model.Parameters.Select(p => p.Mean));
        Assert.Equal([0, 0.1, 0, 0, 0, 0, 0, 0.5], model.Parameters.Select(p => p.Std));
        Assert.Equal([true, true, true, true, true, true, true, false], model.Parameters.Select(p => p.IsVector));
    }

    private sealed class InBody
    {
        public InBody() => Parameter = Matrix(3, 3);

        private Parameter Parameter { get; }

        public Tensor Forward(Tokens tokens) => Parameter[tokens];
    }

    private sealed class LayersInBody
    {
        public LayersInBody() => Inner = Layers<Inner>(2);

        private Inner[] Inner { get; }

        public Tensor Forward(Tokens tokens) => throw new InvalidOperationException($"{Inner.Length} {tokens}");
    }

    [Fact]
    public void A_constructors_body_makes_none()
    {
        Assert.Equal(
            "Matrix is called in a constructor's body: parameters and modules are made in field initialisers only, "
            + "so that their order is that of the text",
            Message(() => new InBody().Forward));
        Assert.StartsWith("Layers is called", Message(() => new LayersInBody().Forward), StringComparison.Ordinal);
    }

    private static string Message(Func<Func<Tokens, Tensor>> construct) =>
        Assert.Throws<LanguageException>(() => new EagerModel(construct, 3, 0)).Message;

    private sealed class Wrong(int rows, double std)
    {
        private readonly Parameter wte = Matrix(rows, 3, std: std);

        public Tensor Forward(Tokens tokens) => wte[tokens];
    }

    private sealed class OfWrong
    {
        private readonly WrongLayer[] layers = Layers<WrongLayer>(1);

        public Tensor Forward(Tokens tokens) => throw new InvalidOperationException($"{layers.Length} {tokens}");
    }

    private sealed class WrongLayer
    {
        public Parameter Gain { get; } = Vector(0);
    }

    [Fact]
    public void Sizes_and_starts_must_make_sense()
    {
        Assert.Equal("wte [0, 3]: every size must be at least 1", Message(() => new Wrong(0, 1).Forward));
        foreach (double std in new[] { -1, double.NaN, double.PositiveInfinity })
        {
            Assert.Equal(
                "wte [3, 3]: it must start from finite numbers, with a deviation of at least 0",
                Message(() => new Wrong(3, std).Forward));
        }

        Assert.Equal("layers.0.Gain [0]: every size must be at least 1", Message(() => new OfWrong().Forward));
    }

    [Fact]
    public void A_parameter_without_a_model_has_no_numbers()
    {
        var inner = new Inner();
        Assert.Equal(
            "Gain [4] has no numbers: a forward pass is run by the EagerModel that made its model",
            Assert.Throws<LanguageException>(() => inner.Gain + 1).Message);
    }

    [Fact]
    public void A_description_gives_names_and_must_fit()
    {
        IReadOnlyList<ParameterInfo> own = new EagerModel(() => new Derived().Forward, 3, 0).Parameters;
        ParameterInfo[] table = [.. own.Select((p, i) => p with { Name = $"p{i}" })];
        var description = new ModelDescription
        {
            Name = "Derived",
            Architecture = "",
            VocabSize = 3,
            BlockSize = null,
            NEmbd = 4,
            NHead = 0,
            NLayer = 0,
            Precision = Precision.Double,
            Optimizer = Optimizer.Sgd,
            InitStd = 0.08,
            Parameters = table,
            FlopsPerRow = 0,
            FlopsPerPair = 0,
        };
        Assert.Equal(table, new EagerModel(() => new Derived().Forward, description).Parameters);
        ArgumentException told = Assert.Throws<ArgumentException>(() =>
            new EagerModel(() => new Derived().Forward, description with { Parameters = table[..7] }));
        Assert.StartsWith(
            "Derived was compiled with other parameters than its class makes when it runs: they differ at number 8, last [3, 4]",
            told.Message,
            StringComparison.Ordinal);
    }
}
