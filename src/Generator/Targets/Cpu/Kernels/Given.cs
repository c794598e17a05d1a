using MicroGpt.Generator.Targets.Cpu.Layout;

namespace MicroGpt.Generator.Targets.Cpu.Kernels;

/// <summary>The whole numbers that kernels are given, with the most that each can be.</summary>
internal static class Given
{
    private const long MostPanel = 16L * (Limits.MostRows + 1);

    public static NamedInteger Rows { get; } = Integer.Count("rows", Limits.MostRows);

    public static NamedInteger Segments { get; } = Integer.Count("segments", Limits.MostRows);

    /// <summary>Elements from a panel of an activation to the next.</summary>
    public static NamedInteger Panel { get; } = Integer.Offset("panel", new(0, MostPanel));

    /// <summary>The same in a cache of keys or values.</summary>
    public static NamedInteger CachePanel { get; } = Integer.Offset("cachePanel", new(0, MostPanel));

    /// <summary>Channels that go into a product.</summary>
    public static NamedInteger Inner { get; } = Integer.Count("inner", Limits.MostChannels);

    /// <summary>Channels of a head, of those that go into a product.</summary>
    public static NamedInteger Head { get; } = Integer.Count("head", Limits.MostChannels);

    /// <summary>Channels that come out of a product.</summary>
    public static NamedInteger Outer { get; } = Integer.Count("outer", Limits.MostChannels);

    /// <summary>Elements of a stored parameter in whole panels.</summary>
    public static NamedInteger Elements { get; } = Integer.Count("elements", int.MaxValue);
}
