namespace MicroGpt.Core.Tests.Language;

/// <summary>A model around one function: its operands are rows of tables, its result goes through a linear layer into the loss.</summary>
/// <param name="channels">Channels of the operands.</param>
/// <param name="results">Channels of the function's result.</param>
/// <param name="function">The function.</param>
internal sealed class Probe(int channels, int results, Func<Probe, Tokens, Tensor> function)
{
    public const int Vocabulary = 7, Block = 8;

    private readonly Parameter a = Matrix(Vocabulary, channels), b = Matrix(Vocabulary, channels), c = Matrix(Block, channels);
    private readonly Parameter gain = Vector(channels, 1), bias = Vector(channels), one = Vector(1);
    private readonly Parameter w = Matrix(results, channels), head = Matrix(Vocabulary, results);

    public Parameter A => a;

    public Parameter B => b;

    public Parameter C => c;

    public Parameter Gain => gain;

    public Parameter Bias => bias;

    public Parameter One => one;

    public Parameter W => w;

    public Parameter Head => head;

    public Tensor Forward(Tokens tokens) => Linear(function(this, tokens), head);

    /// <summary>The function's value on random documents and parameters.</summary>
    public static EagerModel Model(int channels, int results, Func<Probe, Tokens, Tensor> function) =>
        new(() => new Probe(channels, results, function).Forward, Vocabulary, Block);

    /// <summary>The function's value, operands included: those of the last run.</summary>
    /// <returns>Each operand and the result as numbers.</returns>
    public static double[][] Values(int channels, Packed documents, double[] parameters, Func<Probe, Tokens, Tensor[]> function)
    {
        Tensor[] kept = [];
        EagerModel model = Model(channels, channels, (probe, tokens) =>
        {
            kept = function(probe, tokens);
            return probe.A[tokens];
        });
        model.LoadParameters(parameters);
        model.Loss(documents.Batch);
        return [.. kept.Select(tensor => tensor.ToArray())];
    }

    /// <summary>Parameters of a probe, normally distributed.</summary>
    public static double[] Parameters(Random random, int channels, int results, double std = 0.7) =>
        Differences.Numbers(random, Model(channels, results, (probe, tokens) => probe.A[tokens]).ParameterCount, std);
}
