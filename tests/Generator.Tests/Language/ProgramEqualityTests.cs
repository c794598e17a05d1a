namespace MicroGpt.Generator.Tests.Language;

using System.Reflection;
using System.Runtime.CompilerServices;
using MicroGpt.Generator.Collections;
using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using Xunit;

/// <summary>
/// A program is what Roslyn's cache compares: a difference that goes unnoticed leaves stale code behind. So every property of
/// every record in it is changed once, found by reflection.
/// </summary>
public sealed class ProgramEqualityTests
{
    private static Program New() => KnownArchitectures.Gpt2(vocab: 5, block: 4, width: 6, heads: 2, layers: 1);

    [Fact]
    public void EqualTextsAreEqualPrograms()
    {
        Assert.Equal(New(), New());
        Assert.Equal(New().GetHashCode(), New().GetHashCode());
    }

    [Fact]
    public void EveryPropertyOfAProgramMatters() => AssertEveryPropertyMatters(New());

    [Fact]
    public void EveryPropertyOfItsPartsMatters()
    {
        AssertEveryPropertyMatters(New().Parameters[0]);
        AssertEveryPropertyMatters(New().Operations[4]);
        AssertEveryPropertyMatters(Shape.Matrix(3, new Axis(2, 4)));
        AssertEveryPropertyMatters(new Scope("Layer0", "layer0"));
    }

    [Fact]
    public void EveryPropertyOfEveryOpMatters()
    {
        Type[] ops = [.. typeof(Op).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(Op)) && !t.IsAbstract)];
        Assert.True(ops.Length > 20);
        foreach (Type op in ops)
        {
            ConstructorInfo constructor = op.GetConstructors().OrderByDescending(c => c.GetParameters().Length).First();
            AssertEveryPropertyMatters(constructor.Invoke([.. constructor.GetParameters().Select(p => Example(p.ParameterType))]));
        }
    }

    private static void AssertEveryPropertyMatters(object record)
    {
        foreach (PropertyInfo property in record.GetType().GetProperties().Where(p => p.SetMethod is not null))
        {
            object copy = record.GetType().GetMethod("<Clone>$")!.Invoke(record, null)!;
            Assert.Equal(record, copy);
            property.SetValue(copy, Other(property.PropertyType, property.GetValue(record)));
            Assert.False(record.Equals(copy), $"{record.GetType().Name} does not notice another {property.Name}.");
        }
    }

    private static object Example(Type type) => Other(type, type == typeof(string) ? ""
        : type.IsAbstract ? null : RuntimeHelpers.GetUninitializedObject(Nullable.GetUnderlyingType(type) ?? type));

    private static object Other(Type type, object? value) => (Nullable.GetUnderlyingType(type) ?? type) switch
    {
        Type t when t == typeof(int) => (value is int i ? i : 0) + 1,
        Type t when t == typeof(double) => (value is double d ? d : 0) + 0.5,
        Type t when t == typeof(bool) => value is not true,
        Type t when t == typeof(string) => value + "x",
        Type t when t.IsEnum => Enum.ToObject(t, Convert.ToInt32(value, null) == 0 ? 1 : 0),
        Type t when t == typeof(Axis) => value is Axis { Groups: > 0 } axis ? axis with { Groups = axis.Groups + 1 } : new Axis(1, 7),
        Type t when t == typeof(Shape) => Shape.Rows(value is Shape { Kind: ShapeKind.Rows } shape ? shape.Inner.Count + 1 : 3),
        Type t when t == typeof(Scope) => new Scope("Other", "other"),
        Type t when t == typeof(Generator.Ops.Dropout) => new Generator.Ops.Dropout(0.5, ((Generator.Ops.Dropout)value!).Site + 1),
        Type t when t == typeof(Op) => value is RepeatChannels repeat ? repeat with { Size = repeat.Size + 1 } : new RepeatChannels(99),
        Type t when t == typeof(ElementwiseFunction) =>
            value == ElementwiseFunctions.Exp ? ElementwiseFunctions.Log : ElementwiseFunctions.Exp,
        Type t when t == typeof(System.Collections.Immutable.ImmutableArray<Shape>) =>
            System.Collections.Immutable.ImmutableArray.Create(Shape.Scalar),
        Type t when t == typeof(EquatableArray<int>) => Enumerable.Append((EquatableArray<int>)value!, 1).ToEquatableArray(),
        Type t when t == typeof(EquatableArray<string>) => Enumerable.Append((EquatableArray<string>)value!, "x").ToEquatableArray(),
        Type t when t == typeof(Dropout) => value is Dropout dropout ? dropout with { Site = dropout.Site + 1 } : new Dropout(0.25, 7),
        Type t when t == typeof(OptimizerRule) => OptimizerRule.AdamW.Equals(value) ? OptimizerRule.Sgd : OptimizerRule.AdamW,
        Type t when t == typeof(RowProgram) => new RowProgram(default, default) { Names = new[] { "other" }.ToEquatableArray() },
        Type t when t == typeof(EquatableArray<RowStep>) =>
            Enumerable.Append((EquatableArray<RowStep>)value!, new RowStep(new RowInput(0), default, Shape.Scalar)).ToEquatableArray(),
        Type t when t == typeof(EquatableArray<ProgramParameter>) =>
            Enumerable.Skip((EquatableArray<ProgramParameter>)value!, 1).ToEquatableArray(),
        Type t when t == typeof(EquatableArray<ProgramOperation>) =>
            Enumerable.SkipLast((EquatableArray<ProgramOperation>)value!, 1).ToEquatableArray(),
        Type t => throw new NotSupportedException($"Say what another {t} is."),
    };
}
