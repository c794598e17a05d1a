using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Spec;
using MicroGpt.Generator.Tests.Pipeline;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Xunit;
using static MicroGpt.Generator.Tests.Diagnostics.DiagnosticAssertions;

namespace MicroGpt.Generator.Tests.Diagnostics;

/// <summary>Errors that only all specs together, or the project, can have.</summary>
public sealed class AssemblyTests
{
    private const string Mlp = "[MlpModel(VocabSize = 27, NEmbd = 16)]";

    [Fact]
    public void TwoOfOneName()
    {
        var project = new TestProject
        {
            Files =
            [
                ("B.cs", $"using MicroGpt; namespace App.Other {{ {Mlp} partial class NamesGPT; }}"),
                ("A.cs", $"using MicroGpt; namespace App {{ {Mlp} partial class NamesGpt {{ }} }}"),
            ],
        };
        var expected = new Expected("MGPT012", "NamesGPT", "'App.Other.NamesGPT' has the same name, whatever the case, "
            + "as 'App.NamesGpt' in A.cs(1), but a model is selected by its class name; rename one of them");
        Reports(project, expected);

        // The order in which the files are given changes nothing.
        GeneratorRun run = (project with { Files = [project.Files[1], project.Files[0]] }).Run();
        AssertDiagnostics(run, expected);
        Assert.Contains("global::App.NamesGpt.", run.Files[Registry.HintName], StringComparison.Ordinal);
        Assert.DoesNotContain("NamesGPT", run.Files[Registry.HintName], StringComparison.Ordinal);
    }

    [Fact]
    public void ThreeOfOneNameInOneNamespace() => Reports(
        $"using MicroGpt; namespace App; {Mlp} partial class NamesGpt; {Mlp} partial class namesgpt; {Mlp} partial class NAMESGPT;",
        new Expected("MGPT012", "namesgpt", "'App.namesgpt' has the same name, whatever the case, as 'App.NamesGpt' in Spec.cs(1), "
            + "but a model is selected by its class name; rename one of them"),
        new Expected("MGPT012", "NAMESGPT", "'App.NAMESGPT' has the same name, whatever the case, as 'App.NamesGpt' in Spec.cs(1), "
            + "but a model is selected by its class name; rename one of them"));

    [Fact]
    public void UnsafeNotAllowed()
    {
        var project = TestProject.Of(
            $"using MicroGpt; namespace App; {Mlp} partial class NamesGpt; {Mlp} partial class Second;") with { AllowUnsafe = false };
        Reports(project, new Expected(
            "MGPT017", "MlpModel(VocabSize = 27, NEmbd = 16)",
            "Compiled models work on raw memory, but this project does not allow unsafe code; "
                + "reference the package MicroGpt in the project itself, which allows it, "
                + "or add <AllowUnsafeBlocks>true</AllowUnsafeBlocks> to a <PropertyGroup> of the project file"));
    }

    [Theory]
    [InlineData(LanguageVersion.CSharp12, "12.0")]
    [InlineData(LanguageVersion.CSharp8, "8.0")]
    [InlineData(LanguageVersion.CSharp7_3, "7.3")]
    public void OldLanguage(LanguageVersion version, string name)
    {
        var project =
            TestProject.Of($"using MicroGpt; namespace App {{ {Mlp} partial class NamesGpt {{ }} }}") with { LanguageVersion = version };
        Reports(project, new Expected(
            "MGPT018",
            "MlpModel(VocabSize = 27, NEmbd = 16)",
            "Compiled models need C# 13.0, "
                + $"but this project is compiled as C# {name}; remove <LangVersion> from the project file or set it to 13.0 or later"));
    }

    [Fact]
    public void LanguageTooOldForAStub()
    {
        var project = TestProject.Of(
            $"using MicroGpt; namespace App {{ {Mlp} partial class NamesGpt {{ }} }}") with { LanguageVersion = LanguageVersion.CSharp6 };
        GeneratorRun run = project.Run();

        Assert.Equal("MGPT018", Assert.Single(run.Diagnostics).Id);
        Assert.Empty(run.Output.GetDiagnostics().Where(d => d.Severity == DiagnosticSeverity.Error));
    }

    [Fact]
    public void InternalFailureNamesPassAndOp() => ReportsFailure(
        new CompilerException("PlanMemory", "Linear", "the lifetimes overlap"),
        "in pass PlanMemory at op Linear: the lifetimes overlap");

    [Fact]
    public void InternalFailureNamesTheExceptionBehindIt() => ReportsFailure(
        new CompilerException("Fuse", "", "", new InvalidOperationException("Stack empty.\nTwice.")),
        "in pass Fuse: InvalidOperationException: Stack empty. Twice");

    [Fact]
    public void AnyExceptionIsAnInternalFailure() => ReportsFailure(
        new OverflowException("Too far."),
        "in pass (unknown): OverflowException: Too far");

    /// <summary>The kernels that all models share: told once, at the first, and without an error that follows from it.</summary>
    [Fact]
    public void AFailureOfTheKernelsIsReportedOnce()
    {
        var project = TestProject.Of($"using MicroGpt; namespace App; {Mlp} partial class NamesGpt; {Mlp} partial class Second;");
        Reports(
            project with { CompileKernels = _ => throw new InvalidOperationException("Sequence contains no elements") },
            new Expected(
                "MGPT099",
                "MlpModel(VocabSize = 27, NEmbd = 16)",
                "The compiler of 'NamesGpt' failed in pass (unknown): InvalidOperationException: Sequence contains no elements. "
                    + "This is a mistake in MicroGpt and not in the spec; please report it with the spec."));
    }

    /// <summary>A model that fails is told of once, though its kernels cannot be had either.</summary>
    [Fact]
    public void AFailureOfAModelAndOfItsKernelsIsOne()
    {
        var project = TestProject.Of($"using MicroGpt; namespace App; {Mlp} partial class NamesGpt;");
        GeneratorRun run = (project with
        {
            Compile = _ => throw new OverflowException("Too far."),
            CompileKernels = _ => throw new OverflowException("Too far."),
        }).Run();
        Assert.Equal("MGPT099", Assert.Single(run.Diagnostics).Id);
    }

    /// <summary>The rules about all specs together: told once, at the first, and nothing else on the screen.</summary>
    [Fact]
    public void AFailureOfTheRulesIsReportedOnce() => Reports(
        TestProject.Of($"using MicroGpt; namespace App; {Mlp} partial class NamesGpt; {Mlp} partial class Second; "
            + "class User { int Count => CompiledModels.All.Count; }") with
        {
            Check = (_, _) => throw new InvalidOperationException("Sequence contains no elements"),
        },
        new Expected(
            "MGPT099",
            "MlpModel(VocabSize = 27, NEmbd = 16)",
            "The compiler of 'NamesGpt' failed in pass AssemblyRules: InvalidOperationException: Sequence contains no elements. "
                + "This is a mistake in MicroGpt and not in the spec; please report it with the spec."));

    /// <summary>In a base class, and in a helper; what a model has of its own is told beside.</summary>
    [Fact]
    public void AMistakeThatModelsShareIsReportedOnce()
    {
        const string Source = """
            using MicroGpt;
            using static MicroGpt.Functions;
            namespace App;
            public static class Help { public static Tensor Twice(Tensor x) => x + x[0..3]; }
            public class Base(int width)
            {
                private readonly Parameter wte = Matrix(5, width);
                public Tensor Forward(Tokens tokens) => Linear(Help.Twice(wte[tokens]), wte);
            }
            [Model(VocabSize = 5)] public sealed partial class NamesGpt() : Base(8);
            [Model(VocabSize = 5)] public sealed partial class Second() : Base(12);
            [Model(VocabSize = 5)] public sealed partial class Third
            {
                private readonly Parameter wte = Matrix(5, 4), head = Matrix(5, 3);
                public Tensor Forward(Tokens tokens) => Linear(wte[tokens], head);
            }
            """;
        AssertDiagnostics(
            (TestProject.Of(Source) with { Compile = TestSpecs.Compile }).Run(),
            new Expected("MGPT211", "x + x[0..3]", "the result of reading wte [rows, 8] + the result of Slice [rows, 3]: "
                + "8 channels do not meet 3; both must have as many, or one of them one"),
            new Expected("MGPT210", "head", "head [5, 3] takes 3 channels, but the result of reading wte [rows, 4] has 4"));
    }

    private static void ReportsFailure(Exception failure, string description)
    {
        var project = TestProject.Of($"using MicroGpt; namespace App; {Mlp} partial class NamesGpt; {Mlp} partial class Second;");
        Reports(
            project with { Compile = spec => spec.Name == "Second" ? project.Compile(spec) : throw failure },
            new Expected(
                "MGPT099",
                "MlpModel(VocabSize = 27, NEmbd = 16)",
                $"The compiler of 'NamesGpt' failed {description}. This is a mistake in MicroGpt and not in the spec; "
                    + "please report it with the spec."));
    }
}
