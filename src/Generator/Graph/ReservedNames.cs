namespace MicroGpt.Generator.Graph;

/// <summary>
/// Names that no value of a graph gets, whatever the user calls it: a value is printed as a variable of that name, in languages of C's
/// family. One that asks for such a name has a number after it.
/// </summary>
internal static class ReservedNames
{
    private static readonly HashSet<string> Words = new(
        (
            // Keywords.
            "abstract as base bool break byte case catch char checked class const continue decimal default delegate do double else "
            + "enum event explicit extern false finally fixed float for foreach goto if implicit in int interface internal is lock long "
            + "namespace new null object operator out override params private protected public readonly ref return sbyte sealed short "
            + "sizeof stackalloc static string struct switch this throw true try typeof uint ulong unchecked unsafe ushort using "
            + "virtual void volatile while await var nint nuint dynamic "

            // What a schedule declares or uses beside the values: counts, places, factors of the step, and the classes and fields of a
            // compiled model.
            + "rows first panel part segments starts learningRate stepSize epsilon keep K Part PanelWidth CachePanel Total Weights "
            + "Gradients Activations Pieces PieceRows Decoder DropoutSite _weights _gradients _activations _pieces _piecePanel "
            + "_pieceCapacity _decoder _moments1 _moments2 _capacity _panel _rows _step _stepSize _draw _team _kind _loss _updates "
            + "_decoded _holdsForward _isDisposed _isSession").Split(' '),
        StringComparer.Ordinal);

    /// <summary>
    /// Whether it is one: a word that is taken, or what a weight's transposed copy (w_T) or the memory of its gradient (d_w) is called.
    /// </summary>
    public static bool Contains(string name) =>
        Words.Contains(name) || name.EndsWith("_T", StringComparison.Ordinal)
            || (name.StartsWith("d_", StringComparison.Ordinal) && !char.IsDigit(name[name.Length - 1]));
}
