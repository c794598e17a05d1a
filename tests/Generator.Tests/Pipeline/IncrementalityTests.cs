using System.Collections.Immutable;
using MicroGpt.Generator.Spec;
using Microsoft.CodeAnalysis;
using Xunit;

namespace MicroGpt.Generator.Tests.Pipeline;

/// <summary>
/// What an edit costs. Every run of <see cref="TestProject.Run"/> already proves that the same project again runs nothing.
/// </summary>
public sealed class IncrementalityTests
{
    private const string First = """
        using MicroGpt;
        namespace App;
        [GptModel(VocabSize = 27, BlockSize = 16, NEmbd = 16, NHead = 4, NLayer = 1)]
        public sealed partial class First;
        """;

    private readonly List<string> _compiled = [];
    private readonly TestProject _project;
    private readonly GeneratorRun _run;

    public IncrementalityTests()
    {
        TestProject project = TestProject.Of(First);
        _project = project with
        {
            Compile = spec =>
            {
                _compiled.Add(spec.Name);
                return project.Compile(spec);
            },
        };
        _run = _project.Run();
    }

    [Fact]
    public void TheFirstRunCompilesOnce()
    {
        Assert.Equal(["First"], _compiled);
        Assert.Equal(["CompiledModels.g.cs", "First.g.cs"], _run.Files.Keys.Order());
    }

    [Fact]
    public void AnUnrelatedEditRunsNothing() => AssertNothing(_run.Edit("Program.cs", _ => "class Program { static void Main() { } }"));

    [Fact]
    public void ACommentAboveTheClassRunsNothing() => AssertNothing(_run.Edit("Spec.cs", text => "// A comment.\n\n" + text));

    [Fact]
    public void AMemberOfTheUsersRunsNothing() =>
        AssertNothing(_run.Edit("Spec.cs", text => text.Replace("First;", "First { public int Age; }")));

    [Fact]
    public void WritingTheSameNumbersDifferentlyRunsNothing() =>
        AssertNothing(_run.Edit("Spec.cs", text => text.Replace("NEmbd = 16, NHead = 4", "NHead = 2 + 2, NEmbd = 0x10")));

    [Theory]
    [InlineData("Another.cs")]
    [InlineData("A.cs")]
    public void ASecondSpecLeavesTheFirstCached(string path)
    {
        GeneratorRun run = _run.Edit(path, _ => First.Replace("class First", "class Second"));

        Assert.Equal(["First", "Second"], _compiled);
        Assert.Contains("global::App.Second.", run.Files[Registry.HintName], StringComparison.Ordinal);
        Assert.Equal(_run.Files["First.g.cs"], run.Files["First.g.cs"]);
    }

    [Fact]
    public void ASecondSpecInTheSameFileLeavesTheFirstCached()
    {
        _run.Edit("Spec.cs", text => text + "\n[MlpModel(VocabSize = 27, NEmbd = 16)] partial class Second;\n");

        Assert.Equal(["First", "Second"], _compiled);
    }

    [Fact]
    public void AnInvalidSecondSpecLeavesTheFirstCached()
    {
        GeneratorRun run = _run.Edit("Z.cs", _ => First.Replace("class First", "class FIRST").Replace("App", "Other"));

        Assert.Equal(["First"], _compiled);
        Assert.Equal("MGPT012", Assert.Single(run.Diagnostics).Id);
    }

    [Fact]
    public void AChangedNumberCompilesAgainButTheRegistryStays()
    {
        GeneratorRun run = _run.Edit("Spec.cs", text => text.Replace("NLayer = 1", "NLayer = 3"));

        Assert.Equal(["First", "First"], _compiled);
        Assert.All(run.StepReasons(TrackingNames.Registry), AssertNotNew);
        Assert.Contains(IncrementalStepRunReason.Modified, run.StepReasons(TrackingNames.Specs));
    }

    [Fact]
    public void MovingAnInvalidSpecMovesOnlyItsDiagnostic()
    {
        GeneratorRun invalid = (_project with { Files = [("Spec.cs", First.Replace("NHead = 4", "NHead = 5"))] }).Run();
        GeneratorRun moved = invalid.Edit("Spec.cs", text => "// A comment.\n" + text);

        Assert.Equal(2, Assert.Single(invalid.Diagnostics).Location.GetLineSpan().StartLinePosition.Line);
        Assert.Equal(3, Assert.Single(moved.Diagnostics).Location.GetLineSpan().StartLinePosition.Line);
        Assert.All(moved.StepReasons(TrackingNames.Stubs), AssertNotNew);
    }

    [Fact]
    public void SpecsAreEqualByValue()
    {
        var spec = new ModelSpec { Name = "First", NEmbd = 16, InitStd = double.NaN };

        Assert.Equal(spec, spec with { });
        Assert.NotEqual(spec, spec with { NEmbd = 17 });
    }

    /// <summary>No pipeline value may keep a syntax tree or a compilation alive.</summary>
    [Fact]
    public void NoValueHoldsASymbolOrALocation()
    {
        Type[] forbidden =
        [
            typeof(ISymbol), typeof(SyntaxNode), typeof(SyntaxTree), typeof(Location), typeof(Compilation), typeof(AttributeData),
        ];
        var seen = new HashSet<Type>();
        var open = new Stack<Type>([typeof(SpecReading), typeof(AssemblyPlan), typeof(MicroGpt.Generator.Spec.Project)]);
        while (open.TryPop(out Type? type))
        {
            Assert.DoesNotContain(forbidden, f => f.IsAssignableFrom(type));
            if (seen.Add(type) && type.Assembly == typeof(MicroGptGenerator).Assembly)
            {
                foreach (Type next in type.GetFields(System.Reflection.BindingFlags.Instance
                    | System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Public).Select(f => f.FieldType))
                {
                    open.Push(next);
                    Array.ForEach(next.GetGenericArguments(), open.Push);
                }
            }
        }

        Assert.Contains(typeof(SourcePlace), seen);
    }

    private static void AssertNotNew(IncrementalStepRunReason reason) =>
        Assert.Contains(reason, new[] { IncrementalStepRunReason.Cached, IncrementalStepRunReason.Unchanged });

    private void AssertNothing(GeneratorRun again)
    {
        again.AssertNothingRan();
        Assert.Equal(["First"], _compiled);
        Assert.Equal(_run.Files, again.Files);
    }
}
