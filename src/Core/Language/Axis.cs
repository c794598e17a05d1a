using System.Globalization;

namespace MicroGpt;

/// <summary>Channels seen as groups (attention heads); flat channels are one group.</summary>
/// <param name="Groups">Number of groups.</param>
/// <param name="Size">Channels of each.</param>
internal readonly record struct Axis(int Groups, int Size)
{
    public int Count => Groups * Size;

    /// <summary>4·8 for four groups of eight channels, 32 for a single group.</summary>
    public override string ToString() => Groups == 1
        ? Size.ToString(CultureInfo.InvariantCulture)
        : string.Create(CultureInfo.InvariantCulture, $"{Groups}·{Size}");
}
