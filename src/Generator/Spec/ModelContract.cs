using System.Collections.Immutable;
using System.Linq;

namespace MicroGpt.Generator.Spec;

/// <summary>A member that every model has.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Interface">The interface that declares it.</param>
/// <param name="Type">Its type, as it is written anywhere.</param>
/// <param name="Parameters">Of a method, in parentheses; of a property its accessors, or nothing where it is only read.</param>
internal sealed record ContractMember(string Name, string Interface, string Type, string Parameters)
{
    public bool IsMethod => Parameters.StartsWith("(", System.StringComparison.Ordinal);

    public bool HasSetter => Parameters == ModelContract.Accessors;

    /// <summary>The parameters as they are written where nullable annotations can be.</summary>
    public string AnnotatedParameters => Parameters.Replace(ModelContract.MayBeNull, "?");

    /// <summary>The arguments by which a method hands its own on: <c>(batch, learningRate)</c>.</summary>
    public string Arguments =>
        "(" + string.Join(", ", Parameters.Trim('(', ')').Split(',').Select(p => p.Substring(p.LastIndexOf(' ') + 1))) + ")";
}

/// <summary>What a compiled model, and what stands in for one, has to implement. A test compares it with the interface.</summary>
internal static class ModelContract
{
    /// <summary>Marks a property with a setter.</summary>
    public const string Accessors = "{ get; set; }";

    /// <summary>Stands where a parameter may be null, as a comment that every version of the language takes.</summary>
    public const string MayBeNull = "/*?*/";

    // C# 7.2 without nullable annotations: the project may be compiled as any version that knows `in` parameters.
    public static ImmutableArray<ContractMember> Members { get; } =
    [
        new("Description", "MicroGpt.IModelSession", "global::MicroGpt.ModelDescription", ""),
        new("RowCapacity", "MicroGpt.ICompiledModel", "int", ""),
        new("Threads", "MicroGpt.ICompiledModel", "int", Accessors),
        new("VectorBits", "MicroGpt.ICompiledModel", "int", ""),
        new("CopyParametersTo", "MicroGpt.ICompiledModel", "void", "(global::System.Span<double> destination)"),
        new("LoadParameters", "MicroGpt.ICompiledModel", "void", "(global::System.ReadOnlySpan<double> source)"),
        new("CopyParameterTo", "MicroGpt.ICompiledModel", "void", "(global::MicroGpt.ParameterInfo parameter, "
            + "global::System.Span<double> destination)"),
        new("LoadParameters", "MicroGpt.ICompiledModel", "void", "(global::MicroGpt.ParameterReader read)"),
        new("TrainStep", "MicroGpt.ICompiledModel", "double", "(in global::MicroGpt.Batch batch, double learningRate)"),
        new("TrainStep", "MicroGpt.ICompiledModel", "double", "(in global::MicroGpt.Batch batch, double learningRate, "
            + "global::MicroGpt.GradientOptimizer optimizer)"),
        new("Loss", "MicroGpt.IModelSession", "double", "(in global::MicroGpt.Batch batch)"),
        new("Gradient", "MicroGpt.ICompiledModel", "double", "(in global::MicroGpt.Batch batch, global::System.Span<double> gradient)"),
        new("CopyAttentionTo", "MicroGpt.ICompiledModel", "void", "(int layer, int head, global::System.Span<double> destination)"),
        new("Decode", "MicroGpt.IModelSession", "void", "(int token, int position, global::System.Span<double> logits)"),
        new("Prefill", "MicroGpt.IModelSession", "void", "(global::System.ReadOnlySpan<int> tokens)"),
        new("OpenSession", "MicroGpt.ICompiledModel", "global::MicroGpt.IModelSession", "()"),
        new("StateNames", "MicroGpt.IModelState", "global::System.Collections.Generic.IReadOnlyList<string>", ""),
        new("Updates", "MicroGpt.IModelState", "long", Accessors),
        new("CopyStateTo", "MicroGpt.IModelState", "void", $"(global::MicroGpt.GradientOptimizer{MayBeNull} optimizer, string name, "
            + "global::System.Span<double> destination)"),
        new("LoadState", "MicroGpt.IModelState", "void", $"(global::MicroGpt.GradientOptimizer{MayBeNull} optimizer, string name, "
            + "global::System.ReadOnlySpan<double> source)"),
        new("CopyStateTo", "MicroGpt.IModelState", "void", $"(global::MicroGpt.GradientOptimizer{MayBeNull} optimizer, string name, "
            + "global::MicroGpt.ParameterInfo parameter, global::System.Span<double> destination)"),
        new("LoadState", "MicroGpt.IModelState", "void", $"(global::MicroGpt.GradientOptimizer{MayBeNull} optimizer, string name, "
            + "global::MicroGpt.ParameterReader read)"),
        new("Dispose", "System.IDisposable", "void", "()"),
    ];

    /// <summary>
    /// What a model adds that drops something in training. The class implements it explicitly: there "Dropout" is a name that users give to
    /// rates and modules.
    /// </summary>
    public static ImmutableArray<ContractMember> Dropout { get; } =
    [
        new("Dropout", GeneratedMembers.Dropout, "global::MicroGpt.DropoutDraw", Accessors),
        new("Gradient", GeneratedMembers.Dropout, "double", "(in global::MicroGpt.Batch batch, global::System.Span<double> gradient, "
            + "global::MicroGpt.DropoutDraw dropout)"),
    ];
}
