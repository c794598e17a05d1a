using System.Collections.Immutable;
using MicroGpt.Generator.Graph;

namespace MicroGpt.Generator.Ops;

/// <summary>What a matrix product does with a tile of results before it is stored.</summary>
internal enum Epilogue
{
    None,

    /// <summary>Adds another activation.</summary>
    Add,

    /// <summary>Takes the maximum with 0.</summary>
    Relu,

    /// <summary>Keeps a result where another activation, the result of a ReLU, is positive.</summary>
    ReluGrad,
}

/// <summary>The meaning of an epilogue in the interpreter, in the printed graph and in sentences.</summary>
internal static class Epilogues
{
    public static double[] Apply(Epilogue epilogue, double[] y, ImmutableArray<double[]> inputs) => epilogue switch
    {
        Epilogue.Add => [.. y.Zip(inputs[2], (a, r) => a + r)],
        Epilogue.Relu => [.. y.Select(a => Math.Max(a, 0))],
        Epilogue.ReluGrad => [.. y.Zip(inputs[2], (a, r) => r > 0 ? a : 0)],
        _ => y,
    };

    public static string Attribute(Epilogue epilogue) => epilogue switch
    {
        Epilogue.Add => "<+>",
        Epilogue.Relu => "<relu>",
        Epilogue.ReluGrad => "<relu'>",
        _ => "",
    };

    public static ImmutableArray<OpAttribute> Data(Epilogue epilogue) => epilogue switch
    {
        Epilogue.Add => [OpAttribute.Of("epilogue", "add")],
        Epilogue.Relu => [OpAttribute.Of("epilogue", "relu")],
        Epilogue.ReluGrad => [OpAttribute.Of("epilogue", "relu gradient")],
        _ => [],
    };

    public static string Describe(Epilogue epilogue, Node node, string product, string shapes)
    {
        var third = node.Inputs.Length > 2 ? node.Inputs[2].Name : "";
        var formula = epilogue switch
        {
            Epilogue.Add => $"{product} + {third}",
            Epilogue.Relu => $"max({product}, 0)",
            Epilogue.ReluGrad => $"{product} where {third} > 0, else 0",
            _ => product,
        };
        return $"{node.Name} = {formula}: {node.Shape} = {shapes}";
    }
}
