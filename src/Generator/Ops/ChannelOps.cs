using MicroGpt.Generator.Graph;

namespace MicroGpt.Generator.Ops;

/// <summary>What the ops that work on the channels of activations and vectors share.</summary>
internal static class ChannelOps
{
    /// <exception cref="GraphException">The value has no channels.</exception>
    public static void RequireChannels(Node node)
    {
        if (node.Shape.Kind is not (ShapeKind.Rows or ShapeKind.Vector))
        {
            throw new GraphException("an activation or a vector is needed");
        }
    }

    /// <summary>Dense values with every run of <paramref name="size"/> elements replaced.</summary>
    public static double[] ByGroup(double[] x, int size, Func<double[], IEnumerable<double>> replace)
    {
        var y = new List<double>();
        for (int from = 0; from < x.Length; from += size)
        {
            y.AddRange(replace([.. x.Skip(from).Take(size)]));
        }

        return [.. y];
    }

    /// <summary>The channels that are worked on together, for a sentence.</summary>
    public static string DescribeGroup(Node node) => node.Shape.Inner is { Groups: > 1 } axis
        ? $"the {axis.Size} channels of each of {axis.Groups} groups"
        : $"the {node.Shape.Inner.Size} channels";
}
