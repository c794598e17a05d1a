using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Targets.Cpu.Kernels;
using MicroGpt.Generator.Targets.Cpu.Layout;

namespace MicroGpt.Generator.Targets.Cpu.Lowering;

/// <summary>Where the value of a kernel's parameter comes from.</summary>
internal enum ArgumentKind
{
    /// <summary>An activation; <see cref="Argument.ResultIndex"/> says which result of the node.</summary>
    Activation,
    Weight,
    Gradient,

    /// <summary>Tokens, targets or positions.</summary>
    Indices,

    /// <summary>Keys or values of the positions decoded so far.</summary>
    Cache,

    /// <summary>First rows of the segments, and their number.</summary>
    Segments,
    LearningRate,

    /// <summary>Adam's first moment of a weight.</summary>
    Moment1,

    /// <summary>Adam's second moment of a weight.</summary>
    Moment2,

    /// <summary>Adam's ε, scaled as its second moments are.</summary>
    Epsilon,

    /// <summary>What AdamW keeps of a weight.</summary>
    Keep,

    /// <summary>The position that is being decoded.</summary>
    Position,

    /// <summary>A whole number known at compile time.</summary>
    Constant,

    /// <summary>Room for partial sums of the loss.</summary>
    Sums,

    /// <summary>Receives the kernel's return value.</summary>
    Result,

    /// <summary>The call of dropout that the node stands for.</summary>
    DropoutSite,

    /// <summary>The distance of two panels of a batch, or of a piece of its rows.</summary>
    Distance,
}

/// <summary>One argument of a kernel call: the kernel's parameter, and what is passed for it.</summary>
internal sealed record Argument(
    string Parameter, ArgumentKind Kind, Node? Node = null, int ResultIndex = 0, Orientation Orientation = default)
{
    public static Argument Value(string parameter, Node node) => new(parameter, ArgumentKind.Activation, node);

    public static Argument Part(string parameter, Node tuple, int part) => new(parameter, ArgumentKind.Activation, tuple, part);

    public static Argument Weight(string parameter, Node node, Orientation orientation) =>
        new(parameter, ArgumentKind.Weight, node, 0, orientation);

    /// <summary>Where the gradient of a parameter is stored.</summary>
    public static Argument Gradient(string parameter, Node weight, Orientation orientation) =>
        new(parameter, ArgumentKind.Gradient, weight, 0, orientation);

    public static Argument Indices(string parameter, Node node) => new(parameter, ArgumentKind.Indices, node);

    public static Argument Cache(string parameter, Node node, int which) => new(parameter, ArgumentKind.Cache, node, which);

    public static Argument Segments() => new("starts", ArgumentKind.Segments);

    public static Argument LearningRate(string parameter) => new(parameter, ArgumentKind.LearningRate);

    /// <summary>What a rule needs beside the weight and its gradient.</summary>
    public static IReadOnlyList<Argument> OfRule(WeightUpdate update, Node weight, Orientation orientation) =>
    [
        .. UpdateWriter.Of(update).Parameters.Select(parameter => parameter.Name switch
        {
            "m" => new Argument("m", ArgumentKind.Moment1, weight, 0, orientation),
            "v" => new Argument("v", ArgumentKind.Moment2, weight, 0, orientation),
            "epsilon" => new Argument("epsilon", ArgumentKind.Epsilon),
            "keep" => new Argument("keep", ArgumentKind.Keep),
            _ => LearningRate(parameter.Name),
        }),
    ];

    public static Argument Position(string parameter) => new(parameter, ArgumentKind.Position);

    /// <summary>A whole number, kept in <see cref="ResultIndex"/>'s place.</summary>
    public static Argument Constant(string parameter, int number) => new(parameter, ArgumentKind.Constant, null, number);

    public static Argument Distance(string parameter, bool ofPiece) => new(parameter, ArgumentKind.Distance, null, ofPiece ? 1 : 0);

    public static Argument Sums(string parameter) => new(parameter, ArgumentKind.Sums);

    public static Argument Result(string name) => new(name, ArgumentKind.Result);
}
