using System.Reflection;
using MicroGpt.Generator.Spec;
using Xunit;

namespace MicroGpt.Generator.Tests.Pipeline;

/// <summary>Specs are compared to see whether a model must be compiled again, so all that a spec says must count.</summary>
public sealed class ModelSpecTests
{
    public static TheoryData<string> Properties =>
        [.. typeof(ModelSpec).GetProperties().Where(p => p.CanWrite).Select(p => p.Name)];

    [Theory]
    [MemberData(nameof(Properties))]
    public void SpecsThatDifferInOnePropertyAreNotEqual(string name)
    {
        PropertyInfo property = typeof(ModelSpec).GetProperty(name)!;
        var one = new ModelSpec();
        var other = new ModelSpec();
        Assert.Equal(one, other);
        property.SetValue(other, property.GetValue(one) switch
        {
            string text => text + "x",
            int number => number + 1,
            long number => number + 1,
            double number => number + 0.5,
            bool yes => !yes,
            Enum => Enum.ToObject(property.PropertyType, 1),
            object value => throw new InvalidOperationException($"How does {value.GetType()} differ? Say it here."),
            null => throw new InvalidOperationException($"{name} is null by default: give it a value here."),
        });
        Assert.NotEqual(one, other);
    }
}
