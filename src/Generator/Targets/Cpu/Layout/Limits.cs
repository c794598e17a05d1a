namespace MicroGpt.Generator.Targets.Cpu.Layout;

/// <summary>
/// The largest of what kernels count, from which follows where 32 bits suffice. The elements of a panel of an activation or of a product's
/// weight, 16 columns of so many rows, are the most that 32 bits count.
/// </summary>
internal static class Limits
{
    /// <summary>Rows of a batch: what <c>PackedRows</c> in the core lets in.</summary>
    public const int MostRows = 1 << 27;

    /// <summary>Channels that go into a product or come out of one.</summary>
    public const int MostChannels = (1 << 27) - 16;

    /// <summary>Channels that go into a product of which it takes so many, or more, that they are gone over in stretches.</summary>
    public const int DeepProduct = 4096;

    /// <summary>Positions while decoding: what <c>PackedRows</c> lets in where documents have any length.</summary>
    public const int MostPosition = int.MaxValue - 1;

    /// <summary>Elements of a parameter, before its heads are padded, and its rows and columns to whole panels.</summary>
    public const int MostElements = int.MaxValue;
}
