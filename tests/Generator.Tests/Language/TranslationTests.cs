namespace MicroGpt.Generator.Tests.Language;

using System.Reflection;
using MicroGpt.Generator.Language;
using MicroGpt.Runner.Export.Onnx;
using Xunit;
using Functions = MicroGpt.Generator.Language.Functions;
using Parameter = MicroGpt.Generator.Language.Parameter;
using ParameterInfo = System.Reflection.ParameterInfo;
using Tensor = MicroGpt.Generator.Language.Tensor;
using Tokens = MicroGpt.Generator.Language.Tokens;

/// <summary>Whatever a forward pass can be made of can be exported: an operation without a translation is a gap that shows here.</summary>
public sealed class TranslationTests
{
    private const int Channels = 8;

    [Fact]
    public void EveryOperationOfTheLanguageHasATranslation()
    {
        using var recording = Recording.Begin(Channels, Channels, 0.1);
        Parameter matrix = Functions.Matrix(Channels, Channels, name: "matrix"),
            vector = Functions.Vector(Channels, name: "vector"), half = Functions.Vector(Channels / 2, name: "half");
        Tensor rows = matrix[recording.Tokens] + matrix[recording.Tokens.Positions], grouped = rows.Heads(2);

        // Values of other sizes than the keys, which several heads share, and what repeats: no argument below is like that.
        Functions.Attention(rows, grouped.Slice(0, 2).Heads(1), rows.Slice(2, Channels), recording.Tokens, 4, 2);
        Functions.Concat((grouped * half * Functions.Mean(grouped)).Heads(1), vector);

        MethodInfo[] functions =
        [
            .. typeof(Functions).GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.DeclaredOnly)
                .Where(method => !method.IsGenericMethod),
            .. typeof(Tensor).GetMethods(BindingFlags.Public | BindingFlags.Static).Where(method => method.IsSpecialName),
        ];
        Assert.True(functions.Length > 40, $"{functions.Length} functions are too few: where are the others?");
        foreach (MethodInfo function in functions)
        {
            function.Invoke(null, [.. function.GetParameters().Select(Argument)]);
        }

        // A part is told apart in the graph of the compiler alone: as data, attention has one result.
        string[] missing = [.. recording.Nodes.Select(node => node.Op.Name).Distinct().Except(OnnxOperations.Known).Except(["Part"])];
        Assert.True(missing.Length == 0, $"{nameof(OnnxOperations)} has no translation of {string.Join(", ", missing)}.");

        object? Argument(ParameterInfo parameter) => parameter.ParameterType switch
        {
            var type when type == typeof(Tensor) => parameter.HasDefaultValue ? (Tensor)vector : rows,
            var type when type == typeof(Tensor[]) => new[] { rows, rows },
            var type when type == typeof(Parameter) => matrix,
            var type when type == typeof(Tokens) => recording.Tokens,
            var type when type == typeof(int) => 2,
            var type when type == typeof(double) => 0.25,
            var type when type == typeof(string) && parameter.Name == "name" => parameter.Member.Name,
            _ when parameter.HasDefaultValue => parameter.DefaultValue,
            var type => throw new InvalidOperationException($"what is the {type.Name} of {parameter.Member.Name}?"),
        };
    }
}
