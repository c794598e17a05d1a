using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Spec;

namespace MicroGpt.Generator.Architectures;

/// <summary>The forward graphs of the architectures that an attribute names.</summary>
internal static class BuiltIn
{
    /// <exception cref="GraphException">There is no such architecture.</exception>
    public static ForwardGraph Build(ModelSpec spec) => spec.Architecture switch
    {
        Architecture.Gpt => Gpt.Build(spec),
        Architecture.Mlp => Mlp.Build(spec),
        _ => throw new GraphException($"unknown architecture {spec.Architecture}"),
    };
}
