using System.Reflection;
using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using Xunit;

namespace MicroGpt.Generator.Tests.Ops;

/// <summary>Names the ops that a class of tests is about.</summary>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class TestsOfAttribute(params Type[] ops) : Attribute
{
    public Type[] Ops { get; } = ops;
}

/// <summary>An op without tests is a bug.</summary>
public sealed class OpCoverageTests
{
    private static readonly Type[] Tests =
        [.. typeof(OpCoverageTests).Assembly.GetTypes().Where(t => t.GetCustomAttribute<TestsOfAttribute>() is not null)];

    [Fact]
    public void EveryOpHasATestClass()
    {
        var tested = Tests.SelectMany(t => t.GetCustomAttribute<TestsOfAttribute>()!.Ops).ToHashSet();
        string[] missing =
        [
            .. typeof(Op).Assembly.GetTypes()
                .Where(t => t.IsSubclassOf(typeof(Op)) && !t.IsAbstract && !tested.Contains(t)).Select(t => t.Name),
        ];
        Assert.True(missing.Length == 0, $"No class of tests has [TestsOf] for {string.Join(", ", missing)}.");
    }

    [Fact]
    public void EveryTestClassHasTests() => Assert.All(
        Tests, t => Assert.Contains(t.GetMethods(), m => m.GetCustomAttribute<FactAttribute>() is not null));
}
