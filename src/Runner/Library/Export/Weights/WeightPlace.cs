namespace MicroGpt.Runner.Export.Weights;

/// <summary>How a matrix of ours lies in another program's file.</summary>
internal enum WeightLayout
{
    /// <summary>As here: [out, in].</summary>
    AsIs,

    /// <summary>[in, out].</summary>
    Transposed,

    /// <summary>
    /// [out, in], and in each head first the rows 0, 2, 4, ..., then 1, 3, 5, ...: here a rotary pair is two neighbours, there it is row i
    /// and i + d / 2. Scores are sums over the pairs, so their order is free where queries and keys have the same.
    /// </summary>
    PairsApart,
}

/// <summary>Where a parameter is found in another program's file.</summary>
/// <param name="Parameter">The parameter.</param>
/// <param name="Name">Its name there.</param>
internal sealed record WeightPlace(ParameterInfo Parameter, string Name)
{
    /// <summary>How it lies there.</summary>
    public WeightLayout Layout { get; init; }

    /// <summary>Heads whose rows are in another order.</summary>
    public int Heads { get; init; }

    /// <summary>Its shape there.</summary>
    public long[] Shape => Parameter.IsVector ? [Parameter.Columns]
        : Layout == WeightLayout.Transposed ? [Parameter.Columns, Parameter.Rows]
        : [Parameter.Rows, Parameter.Columns];

    /// <summary>Puts the elements in the order that they have there.</summary>
    /// <param name="ours">As they are here.</param>
    /// <param name="theirs">Receives as many.</param>
    public void ToTheirs<T>(ReadOnlySpan<T> ours, Span<T> theirs)
    {
        for (int i = 0; i < ours.Length; i++)
        {
            theirs[IndexOf(i)] = ours[i];
        }
    }

    /// <summary>Puts the elements in the order that they have here.</summary>
    /// <param name="theirs">As they are there.</param>
    /// <param name="ours">Receives as many.</param>
    public void ToOurs<T>(ReadOnlySpan<T> theirs, Span<T> ours)
    {
        for (int i = 0; i < ours.Length; i++)
        {
            ours[i] = theirs[IndexOf(i)];
        }
    }

    private int IndexOf(int index)
    {
        if (Layout == WeightLayout.AsIs)
        {
            return index;
        }

        (int row, int column) = Math.DivRem(index, Parameter.Columns);
        if (Layout == WeightLayout.Transposed)
        {
            return (column * Parameter.Rows) + row;
        }

        int size = Parameter.Rows / Heads;
        (int head, int channel) = Math.DivRem(row, size);
        int place = (channel / 2) + (channel % 2 == 0 ? 0 : size / 2);
        return (((head * size) + place) * Parameter.Columns) + column;
    }
}

/// <summary>Where the parameters of a model are found in another program's file.</summary>
/// <param name="Places">One for each parameter, in canonical order.</param>
internal sealed record WeightPlaces(IReadOnlyList<WeightPlace> Places)
{
    /// <summary>Whether a tensor of the file is known and left aside.</summary>
    public Func<string, bool> IsIgnored { get; init; } = _ => false;

    /// <summary>What all of their names may begin with, or leave out; empty for nothing.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>The places by name.</summary>
    /// <param name="model">The model.</param>
    /// <param name="names">How the parameters are called.</param>
    /// <exception cref="RunnerException">The map does not fit the model.</exception>
    public static WeightPlaces Of(ModelDescription model, NameMap names)
    {
        IReadOnlyList<string> theirs = names.Theirs([.. model.Parameters.Select(parameter => parameter.Name)]);
        return new WeightPlaces(
            [.. model.Parameters.Select((parameter, i) => new WeightPlace(parameter, theirs[i]))]) { IsIgnored = names.IsIgnored };
    }
}
