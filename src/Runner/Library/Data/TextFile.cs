namespace MicroGpt.Runner.Data;

/// <summary>A text as it was read.</summary>
/// <param name="Name">What messages call it: a path as the user gave it, "standard input" or "built-in names".</param>
/// <param name="Text">Valid UTF-8 without a byte-order mark.</param>
public sealed record TextFile(string Name, ReadOnlyMemory<byte> Text);
