namespace MicroGpt.Reference;

/// <summary>Collects parameter matrices in canonical order and gives each its offset.</summary>
internal sealed class ParameterTable
{
    private readonly List<ParameterInfo> _parameters = [];

    /// <summary>The matrices so far.</summary>
    public IReadOnlyList<ParameterInfo> All => _parameters;

    /// <summary>Number of elements so far.</summary>
    public int Count { get; private set; }

    /// <summary>Appends a matrix.</summary>
    public ParameterInfo Add(string name, int rows, int columns)
    {
        var parameter = new ParameterInfo(name, rows, columns, Count);
        _parameters.Add(parameter);
        Count += parameter.Count;
        return parameter;
    }
}
