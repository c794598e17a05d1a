namespace MicroGpt.Runner.Report;

/// <summary>What can be looked at inside one trained model.</summary>
/// <param name="Name">Name of the model; equal to the name of its series.</param>
/// <param name="ColourRole">As <see cref="LossSeries.ColourRole"/>.</param>
public sealed record ModelReport(string Name, int ColourRole)
{
    /// <summary>A sentence or two: what the model is.</summary>
    public string Summary { get; init; } = "";

    /// <summary>Documents that the trained model invented.</summary>
    public IReadOnlyList<string> Samples { get; init; } = [];

    /// <summary>How the samples were drawn, such as "temperature 0.5, seed 42".</summary>
    public string SamplesNote { get; init; } = "";

    /// <summary>Parameter matrices in canonical order.</summary>
    public IReadOnlyList<ParameterRow> Parameters { get; init; } = [];

    /// <summary>The compiled graph, or null for a model without one.</summary>
    public ReportGraph? Graph { get; init; }

    /// <summary>The model itself, for the page to run; null where the page does not carry it.</summary>
    public Playground? Playground { get; init; }

    /// <summary>Why the page does not carry the model; empty where there is nothing to say.</summary>
    public string PlaygroundNote { get; init; } = "";

    /// <summary>What the model makes of a few documents, position by position.</summary>
    public IReadOnlyList<Inspection> Inspections { get; init; } = [];

    /// <summary>Compiled against numerical gradients, or null where they were not compared.</summary>
    public GradientCheckReport? GradientCheck { get; init; }

    /// <summary>The parameter table of a compiled model.</summary>
    public static IReadOnlyList<ParameterRow> ParametersOf(ModelDescription description) =>
        [.. description.Parameters.Select(p => new ParameterRow(p.Name, p.Rows, p.Columns))];
}

/// <summary>One parameter matrix.</summary>
/// <param name="Name">Name as in the state dict.</param>
/// <param name="Rows">Rows (outputs of a linear layer).</param>
/// <param name="Columns">Columns (inputs of a linear layer).</param>
public sealed record ParameterRow(string Name, int Rows, int Columns);

/// <summary>What a model makes of one document.</summary>
/// <param name="Document">The document, such as "emma".</param>
/// <param name="Tokens">[positions] the token read at each position; the first is BOS, shown as a dot.</param>
/// <param name="Next">[positions] the prediction made at each position.</param>
public sealed record Inspection(string Document, IReadOnlyList<string> Tokens, IReadOnlyList<NextToken> Next)
{
    /// <summary>How BOS, which begins and ends a document, is shown.</summary>
    public const string Bos = "·";

    /// <summary>[layers][heads] attention maps; empty for a model without attention.</summary>
    public IReadOnlyList<IReadOnlyList<AttentionMap>> Attention { get; init; } = [];
}

/// <summary>The attention of one head over one document.</summary>
/// <param name="Weights">
/// [query][key] how much position <c>query</c> takes from position <c>key</c>; row q has q + 1 entries that sum to 1,
/// since a position does not see what follows it.
/// </param>
public sealed record AttentionMap(IReadOnlyList<IReadOnlyList<double>> Weights);

/// <summary>The prediction made at one position.</summary>
/// <param name="Actual">The token that does follow.</param>
/// <param name="Probability">Probability that the model gave it; the position's loss is -ln of it.</param>
/// <param name="Rank">1 where it was the most probable token, 2 for the second, ...</param>
/// <param name="Top">The most probable tokens, best first.</param>
public sealed record NextToken(string Actual, double Probability, int Rank, IReadOnlyList<TokenProbability> Top)
{
    /// <summary>Tokens that are kept of each distribution.</summary>
    public const int Kept = 6;

    /// <summary>Summarises a distribution over the vocabulary. Of equally probable tokens the one of lower id comes first.</summary>
    /// <param name="probabilities">[vocabulary] probability of each token.</param>
    /// <param name="actual">Id of the token that does follow.</param>
    /// <param name="tokenText">How a token is shown.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="actual"/> is not in the vocabulary.</exception>
    public static NextToken Of(ReadOnlySpan<double> probabilities, int actual, Func<int, string> tokenText)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(actual);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(actual, probabilities.Length);

        double[] values = probabilities.ToArray();
        int[] order = [.. Enumerable.Range(0, values.Length).OrderByDescending(token => values[token])];
        return new NextToken(
            tokenText(actual),
            values[actual],
            Array.IndexOf(order, actual) + 1,
            [.. order.Take(Kept).Select(token => new TokenProbability(tokenText(token), values[token]))]);
    }
}

/// <summary>A token and its probability.</summary>
/// <param name="Token">The token, as shown.</param>
/// <param name="Probability">0 to 1.</param>
public sealed record TokenProbability(string Token, double Probability);

/// <summary>Compiled gradients beside numerical ones.</summary>
/// <param name="Method">How the numerical gradient was taken, such as "central differences, step 1e-5".</param>
/// <param name="Matrices">One entry a parameter matrix.</param>
public sealed record GradientCheckReport(string Method, IReadOnlyList<GradientCheckMatrix> Matrices);

/// <summary>The gradient of one parameter matrix.</summary>
/// <param name="Name">Name of the matrix.</param>
/// <param name="Compiled">[elements] what the compiled backward pass computed.</param>
/// <param name="Numerical">[elements] the numerical gradient.</param>
/// <param name="LargestAbsoluteError">Largest absolute difference, before the page's rounding.</param>
/// <param name="LargestRelativeError">Largest relative difference, before the page's rounding.</param>
public sealed record GradientCheckMatrix(
    string Name,
    IReadOnlyList<double> Compiled,
    IReadOnlyList<double> Numerical,
    double LargestAbsoluteError,
    double LargestRelativeError);
