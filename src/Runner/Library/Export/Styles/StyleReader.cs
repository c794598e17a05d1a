using MicroGpt.Runner.Export.Weights;

namespace MicroGpt.Runner.Export.Styles;

/// <summary>
/// Walks a forward pass from the logits back to the tokens and demands piece by piece what a style computes. Layers are met last to first,
/// so that what is found of them is turned around at the end.
/// </summary>
/// <param name="style">Name of the style, for messages.</param>
/// <param name="model">The model.</param>
internal abstract class StyleReader(string style, ModelDescription model)
{
    private readonly Dictionary<string, WeightPlace> places = new(StringComparer.Ordinal);

    /// <summary>The model.</summary>
    protected ModelDescription Model => model;

    /// <summary>The forward pass.</summary>
    protected ForwardReader Graph { get; } = new(model.Graphs.Forward);

    /// <summary>The blocks, last to first: each given its end, finds its parameters and gives its beginning.</summary>
    /// <param name="end">The last block's result.</param>
    /// <param name="isBeginning">Whether a value is what the first block begins with.</param>
    /// <param name="block">Reads a block, given its end: its beginning, and the places of its parameters, named within the block.</param>
    protected (int Beginning, IReadOnlyList<IReadOnlyList<WeightPlace>> Blocks) Blocks(
        int end, Func<int, bool> isBeginning, Func<int, (int Beginning, IReadOnlyList<WeightPlace> Places)> block)
    {
        var blocks = new List<IReadOnlyList<WeightPlace>>();
        while (!isBeginning(end))
        {
            (end, IReadOnlyList<WeightPlace> found) = block(end);
            blocks.Add(found);
        }

        blocks.Reverse();
        return (end, blocks);
    }

    /// <summary>The stream that a branch is added to: the branch reads a norm of it.</summary>
    protected int? Residual(int value, Func<int, int?> branch)
    {
        foreach ((int stream, int added) in Graph.Both(value, "Add"))
        {
            if (branch(added) is int read && read == stream)
            {
                return stream;
            }
        }

        return null;
    }

    /// <summary>A parameter's place.</summary>
    protected WeightPlace Place(string ours, string theirs, WeightLayout layout = WeightLayout.AsIs, int heads = 0) =>
        new(model.Parameters.First(parameter => parameter.Name == ours), theirs) { Layout = layout, Heads = heads };

    /// <summary>All places in the order of the parameters.</summary>
    /// <exception cref="RunnerException">A parameter has none, or several.</exception>
    protected IReadOnlyList<WeightPlace> Ordered(IEnumerable<WeightPlace> found)
    {
        foreach (WeightPlace place in found)
        {
            if (!places.TryAdd(place.Parameter.Name, place))
            {
                throw Differs($"{place.Parameter.Name} is used twice, as {places[place.Parameter.Name].Name} and as {place.Name}");
            }
        }

        return [.. model.Parameters.Select(parameter => places.TryGetValue(parameter.Name, out WeightPlace? place)
            ? place : throw Differs($"it has no use for {parameter.Name}"))];
    }

    /// <summary>Gives what was found.</summary>
    /// <param name="found">It; null where there is something else.</param>
    /// <param name="value">Where it should be.</param>
    /// <param name="expected">What it should be.</param>
    /// <exception cref="RunnerException">It is something else.</exception>
    protected T Expect<T>(T? found, int value, string expected)
        where T : class => found ?? throw Unlike(value, expected);

    /// <inheritdoc cref="Expect{T}(T, int, string)"/>
    protected T Expect<T>(T? found, int value, string expected)
        where T : struct => found ?? throw Unlike(value, expected);

    /// <summary>Demands a condition.</summary>
    /// <exception cref="RunnerException">It does not hold.</exception>
    protected void Demand(bool condition, string problem)
    {
        if (!condition)
        {
            throw Differs(problem);
        }
    }

    /// <summary>A number that all layers must agree on: gives it.</summary>
    protected T Agreed<T>(T? known, T found, string what)
        where T : struct
    {
        Demand(known is null || known.Value.Equals(found), FormattableString.Invariant(
            $"{what} is {known} in one place and {found} in another"));
        return found;
    }

    /// <summary>The exception that says where the model differs from the style.</summary>
    protected RunnerException Differs(string problem) => RunnerException.Usage($"{model.Name} is not of the style {style}: {problem}.");

    private RunnerException Unlike(int value, string expected) => Differs(FormattableString.Invariant(
        $"where {expected} should be, it has {model.Graphs.Forward.Line(Graph.Node(value))}"));
}
