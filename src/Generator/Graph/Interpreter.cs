using System.Collections.Immutable;

namespace MicroGpt.Generator.Graph;

/// <summary>The packed rows that a graph is evaluated on, and values for its parameters.</summary>
/// <param name="Tokens">[rows]</param>
/// <param name="Targets">[rows]</param>
/// <param name="Starts">[segments + 1] first row of each segment, then the number of rows.</param>
/// <param name="LearningRate">For graphs with updates.</param>
/// <param name="Parameters">By name: dense [out][in].</param>
internal sealed record Evaluation(
    int[] Tokens, int[] Targets, int[] Starts, double LearningRate, IReadOnlyDictionary<string, double[]> Parameters)
{
    private readonly Dictionary<string, double[]> _state = [];

    /// <summary>Number of the training step, from 1; matters to Adam.</summary>
    public int Step { get; init; } = 1;

    /// <summary>What dropout draws from in a training step; null where nothing is dropped.</summary>
    public DropoutDraw? Dropout { get; init; }

    public int Rows => Tokens.Length;

    /// <summary>
    /// What the rule of the update keeps of a parameter: zero at first, kept from one evaluation to the next of the same run.
    /// </summary>
    public double[] StateOf(string parameter, int length)
    {
        if (!_state.TryGetValue(parameter, out double[]? state))
        {
            _state.Add(parameter, state = new double[length]);
        }

        return state;
    }

    /// <summary>First row of the segment that holds a row.</summary>
    public int SegmentStart(int row) => Starts.Last(s => s <= row);
}

/// <summary>What decides which elements a training step drops, beside their place.</summary>
/// <param name="Seed">The run's.</param>
/// <param name="Step">Number of the training step, from 0.</param>
/// <param name="FirstRow">Rows of the batch before these, where a batch is divided.</param>
internal sealed record DropoutDraw(ulong Seed, uint Step, uint FirstRow = 0);

/// <summary>
/// Evaluates any graph slowly, in double, with each op's <see cref="Op.Evaluate"/>. The oracle for compiled code.
/// Activations are dense here: element (row, channel) of [rows, C] is at row * C + channel.
/// </summary>
internal static class Interpreter
{
    /// <returns>The value of every node; for an op with several results, one array a result.</returns>
    public static IReadOnlyDictionary<Node, ImmutableArray<double[]>> Evaluate(Graph graph, Evaluation run)
    {
        var values = new Dictionary<Node, ImmutableArray<double[]>>();
        foreach (var node in graph.Nodes)
        {
            values[node] = node.Op is Part part
                ? [values[node.Inputs[0]][part.Index]]
                : node.Op.Evaluate(run, node, [.. node.Inputs.Select(i => values[i][0])]);
        }

        return values;
    }
}
