using MicroGpt.Runner.Report;

namespace MicroGpt.Browser.Tests;

/// <summary>Reports with known content.</summary>
internal static class SampleReport
{
    public const int Steps = 40;

    /// <summary>Falls from 3.3 to about 2.5; three decimals, so that what is shown is exact.</summary>
    public static readonly double[] Low = [.. Enumerable.Range(0, Steps)
        .Select(i => Math.Round(2.4 + 0.9 * Math.Exp(-i / 8.0) + 0.1 * Math.Sin(i), 3))];

    /// <summary>Stays above 4.</summary>
    public static readonly double[] High = [.. Enumerable.Range(0, Steps).Select(i => Math.Round(4.5 + 0.4 * Math.Cos(i * 0.7), 3))];

    /// <summary>Measured every ten steps; the third measurement failed.</summary>
    public static readonly HeldOutPoint[] HeldOut = [new(10, 3.125), new(20, 2.75), new(30, double.NaN), new(40, 2.5)];

    /// <summary>Two runs on the same documents and one that ended early, three baselines, two models.</summary>
    public static ReportData Small { get; } = new("Known curves <b>&amp;</b> \"names\"")
    {
        Subtitle = "A report of the tests.",
        Facts = [new ReportFact("documents", "2,000")],
        Series =
        [
            new LossSeries("low", 0, [.. Enumerable.Range(1, Steps)], Low),
            new LossSeries("high", 1, [.. Enumerable.Range(1, Steps)], High),
            new LossSeries("short", 2, [.. Enumerable.Range(1, 10)], [.. Low.Take(10).Select(loss => loss + 0.25)]),
        ],
        Documents = [.. Enumerable.Range(1, Steps).Select(i => $"name{i}")],
        Baselines = [new BaselineLine("uniform", 3.2958), new BaselineLine("unigram", 2.8227), new BaselineLine("bigram", 2.454)],
        Comparison =
        [
            new ComparisonRow("low")
            {
                Architecture = "GPT", Attention = "2 heads of 8", Layers = 1, Parameters = 4192, Optimizer = "SGD", LearningRate = 0.1,
                FirstLoss = 3.3, MeanOfLast100 = 2.5, HeldOutNats = 2.4, BitsPerCharacter = 3.462, Perplexity = 11.02,
                MicrosecondsPerStep = 4.2,
            },
            new ComparisonRow("high")
            {
                ColourRole = 1, Architecture = "MLP", Attention = "none", Parameters = 3184, Optimizer = "SGD", LearningRate = 1,
                FirstLoss = 4.9, MeanOfLast100 = 4.5, HeldOutNats = 4.4, BitsPerCharacter = 6.348, Perplexity = 81.45,
                MicrosecondsPerStep = 2.1,
            },
        ],
        Models = [Gpt, Mlp],
    };

    /// <summary>The same with the held-out losses of the first run.</summary>
    public static ReportData WithHeldOut { get; } =
        Small with { Series = [Small.Series[0] with { HeldOut = HeldOut }, .. Small.Series.Skip(1)] };

    /// <summary>Five runs of 10,000 steps.</summary>
    public static ReportData Large { get; } = new("Long runs")
    {
        Series = [.. Enumerable.Range(0, 5).Select(s => new LossSeries(
            $"run {s}", s, [.. Enumerable.Range(1, 10_000)],
            [.. Enumerable.Range(0, 10_000).Select(i => 2 + 0.1 * s + Math.Exp(-i / 2000.0) + 0.3 * Math.Sin(i * (1.7 + s)))]))],
    };

    private static ModelReport Gpt => new("low", 0)
    {
        Summary = "A GPT.",
        Samples = ["ana", "mirela"],
        SamplesNote = "Two names.",
        Parameters = [new ParameterRow("wte", 27, 16), new ParameterRow("lm_head", 27, 16)],
        Graph = ReportGraph.Of(Graph()),
        Playground = Zeros,
        Inspections =
        [
            Inspection("ana", 0.5),
            Inspection("mia", 0.75),
        ],
    };

    /// <summary>logits = lm_head wte[token], of zeros: everything is equally probable.</summary>
    private static Playground Zeros => new(
        [
            Node("tokens", "Input", "Indices", 0, 1, "value", "tokens"),
            Node("wte", "Parameter", "Matrix", 27, 16, "parameter", "wte"),
            Node("lm_head", "Parameter", "Matrix", 27, 16, "parameter", "lm_head"),
            new PlaygroundNode("x", "Embed", [1, 0], "Rows", 0, 1, 16, new Dictionary<string, string>()),
            new PlaygroundNode("logits", "Linear", [3, 2], "Rows", 0, 1, 27, new Dictionary<string, string>()),
        ],
        4,
        Convert.ToBase64String(new byte[sizeof(float) * 2 * 27 * 16]),
        new PlaygroundTokens("characters", "abcdefghijklmnopqrstuvwxyz", 27, 26, 26))
    {
        BlockSize = 16,
        ParameterCount = 2 * 27 * 16,
    };

    private static PlaygroundNode Node(string name, string op, string kind, int outer, int size, string attribute, string value) =>
        new(name, op, [], kind, outer, 1, size, new Dictionary<string, string> { [attribute] = value });

    private static ModelReport Mlp => new("high", 1)
    {
        Summary = "An MLP.",
        Parameters = [new ParameterRow("mlp_fc1", 64, 16)],
        GradientCheck = new GradientCheckReport("Central differences, step 1e-5",
            [new GradientCheckMatrix("mlp_fc1", [0.1, -0.02, 0, 3e-6], [0.1, -0.02, 0, 2.9e-6], 1e-7, 0.033)]),
    };

    private static ModelGraph Graph()
    {
        var g = new ModelGraphBuilder();
        g.Add("tokens", "Input", GraphShape.Indices);
        g.Add("targets", "Input", GraphShape.Indices);
        g.Add("wte", "Parameter", GraphShape.Matrix(27, 16));
        g.Add("lm_head", "Parameter", GraphShape.Matrix(27, 16));
        g.Scope("Embedding");
        g.Add("e", "Embed", GraphShape.Rows(16), "wte", "tokens");
        g.Scope("Layer0");
        g.Add("n", "RmsNorm", GraphShape.Rows(16), "e").With("epsilon", 1e-5);
        g.Add("x", "Add", GraphShape.Rows(16), "e", "n");
        g.Scope("Head");
        g.Add("logits", "Linear", GraphShape.Rows(27), "x", "lm_head");
        g.Add("both", "CrossEntropyWithGrad", GraphShape.Tuple(GraphShape.Scalar, GraphShape.Rows(27)), "logits", "targets");
        g.Add("loss", "Part", GraphShape.Scalar, "both").With("index", 0);
        g.Backward();
        g.Add("d_logits", "Part", GraphShape.Rows(27), "both").With("index", 1);
        g.Add("d_x", "LinearInputGrad", GraphShape.Rows(16), "d_logits", "lm_head");
        g.Add("lm_head_new", "LinearSgd", GraphShape.Matrix(27, 16), "d_logits", "x", "lm_head");
        return g.Build("loss", "lm_head_new");
    }

    private static Inspection Inspection(string name, double weight) => new(
        name,
        [Runner.Report.Inspection.Bos, .. name.Select(c => c.ToString())],
        [.. (name + "·").Select((c, i) => new NextToken(c.ToString(), 0.02, 7,
            [new TokenProbability("e", 0.5), new TokenProbability("k", 0.25), new TokenProbability("l", 0.125)]))])
    {
        Attention = [[Map(name.Length + 1, weight), Map(name.Length + 1, 1 - weight)]],
    };

    // The position itself gets `weight`, the first one the rest.
    private static AttentionMap Map(int positions, double weight) => new(
        [.. Enumerable.Range(0, positions).Select(query => (IReadOnlyList<double>)[.. Enumerable.Range(0, query + 1)
            .Select(key => query == 0 ? 1 : key == query ? weight : key == 0 ? 1 - weight : 0)])]);
}
