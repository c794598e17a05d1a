using Xunit;
using static MicroGpt.Generator.Tests.Diagnostics.DiagnosticAssertions;

namespace MicroGpt.Generator.Tests.Diagnostics;

/// <summary>Errors in the class that carries an attribute.</summary>
public sealed class ClassTests
{
    private const string Mlp = "[MlpModel(VocabSize = 27, NEmbd = 16)]";

    [Theory]
    [InlineData($"{Mlp} public sealed partial class NamesGpt;")]
    [InlineData($"{Mlp} partial class NamesGpt {{ }}")]
    [InlineData($"{Mlp} partial class NamesGpt {{ }} public partial class NamesGpt {{ public int Age; }}")]
    [InlineData($"partial class NamesGpt {{ public const int Width = 16; }} [MlpModel(VocabSize = 27, NEmbd = Width)] "
        + "public sealed partial class NamesGpt;")]
    [InlineData($"{Mlp} public partial class NamesGpt : ICompiledModel {{ public string Decode(string text) => text; }}")]
    [InlineData(
        $"{Mlp} public partial class NamesGpt {{ public static NamesGpt Load(string file, int rows) => new(rows); int Forward() => 1; }}")]
    [InlineData($"{Mlp} public partial class NamesGpt {{ public NamesGpt() : this(5) {{ }} public NamesGpt(string text) : this() {{ }} }}")]
    [InlineData($"public class Base {{ protected Base(int x = 0) {{ }} }} {Mlp} public partial class NamesGpt : Base;")]
    public void Valid(string source) => Accepts(File(source));

    [Fact]
    public void AcceptsAClassInSeveralFiles()
    {
        var project = new Pipeline.TestProject
        {
            Files =
            [
                ("A.cs", File("public partial class NamesGpt { }")),
                ("B.cs", File($"{Mlp} partial class NamesGpt;")),
                ("C.cs", File("partial class NamesGpt { int x; }")),
            ],
        };
        var run = project.Run();

        AssertDiagnostics(run);
        Assert.Equal(["CompiledModels.g.cs", "NamesGpt.g.cs"], run.Files.Keys.Order());
    }

    [Fact]
    public void AcceptsGlobalNamespaceAndKeywords() =>
        AssertDiagnostics(Pipeline.TestProject.Of($"using MicroGpt; {Mlp} partial class @class;").Run());

    [Fact]
    public void NotPartial() => ReportsWithoutStub(
        File($"{Mlp} public sealed class NamesGpt;"),
        new Expected(
            "MGPT001", "NamesGpt",
            "'NamesGpt' is not partial, so the compiled model cannot be added to it; write 'public sealed partial class NamesGpt'"));

    [Fact]
    public void Nested() => ReportsWithoutStub(
        File($"public partial class Outer {{ {Mlp} public sealed partial class NamesGpt; }}"),
        new Expected("MGPT002", "NamesGpt", "'NamesGpt' is nested in 'Outer', but a model is selected by its class name alone; "
            + "move the class out, directly into a namespace"));

    [Fact]
    public void Generic() => ReportsWithoutStub(
        File($"{Mlp} public sealed partial class NamesGpt<T>;"),
        new Expected("MGPT003", "NamesGpt", "'NamesGpt' is generic, but every number of a compiled model is a constant; "
            + "remove the type parameters and write one class for each model"));

    [Fact]
    public void Static() => ReportsWithoutStub(
        File($"{Mlp} public static partial class NamesGpt {{ }}"),
        new Expected(
            "MGPT004", "NamesGpt",
            "'NamesGpt' is static, but a model is an object that owns its parameters; write 'public partial class NamesGpt'"));

    [Fact]
    public void Abstract() => ReportsWithoutStub(
        File($"{Mlp} public abstract class NamesGpt {{ }}"),
        new Expected(
            "MGPT004", "NamesGpt",
            "'NamesGpt' is abstract, but the registry makes instances of it; write 'public partial class NamesGpt'"));

    [Fact]
    public void FileLocal() => ReportsWithoutStub(
        File($"{Mlp} file sealed partial class NamesGpt;"),
        new Expected(
            "MGPT004", "NamesGpt",
            "'NamesGpt' is local to its file, but the generated part lies in a file of its own; write 'sealed partial class NamesGpt'"));

    [Fact]
    public void Record() => ReportsWithoutStub(
        File($"{Mlp} public sealed partial record NamesGpt;"),
        new Expected("MGPT004", "NamesGpt", "'NamesGpt' is a record, but a model is not a value that is compared and copied; "
            + "write 'public sealed partial class NamesGpt'"));

    [Fact]
    public void ClassAndArgumentAreReportedTogether() => ReportsWithoutStub(
        File("[MlpModel(VocabSize = 27, NEmbd = 0)] public sealed class NamesGpt;"),
        new Expected("MGPT007", "NEmbd = 0", "NEmbd = 0 is not positive; NEmbd must be at least 1"),
        new Expected(
            "MGPT001", "NamesGpt",
            "'NamesGpt' is not partial, so the compiled model cannot be added to it; write 'public sealed partial class NamesGpt'"));

    [Fact]
    public void TwoArchitectures() => Reports(
        File($"[GptModel(VocabSize = 27)] {Mlp} public sealed partial class NamesGpt;"),
        new Expected(
            "MGPT005", "GptModel(VocabSize = 27)",
            "'NamesGpt' has both GptModel and MlpModel, but a class is one model; remove one of them, or give each its own class"));

    [Fact]
    public void TwoArchitecturesOnTwoParts() => Reports(
        File($"[GptModel(VocabSize = 27)] partial class NamesGpt; {Mlp} public sealed partial class NamesGpt;"),
        new Expected(
            "MGPT005", "GptModel(VocabSize = 27)",
            "'NamesGpt' has both GptModel and MlpModel, but a class is one model; remove one of them, or give each its own class"));

    /// <summary>Said once, and nothing else: the class has one stub.</summary>
    [Theory]
    [InlineData("[GptModel(VocabSize = 27, BlockSize = 8, NEmbd = 8, NHead = 2, NLayer = 1)]", "GptModel")]
    [InlineData("[MlpModel(VocabSize = 27, NEmbd = 8)]", "MlpModel")]
    public void AnArchitectureAndAText(string attribute, string name) => Reports(
        File($"{attribute} [Model(VocabSize = 27)] public sealed partial class NamesGpt;"),
        new Expected(
            "MGPT005", "Model(VocabSize = 27)",
            $"'NamesGpt' has both Model and {name}, but a class is one model; remove one of them, or give each its own class"));

    [Fact]
    public void MembersDeclared() => Reports(
        File($$"""
            {{Mlp}}
            public sealed partial class NamesGpt
            {
                public double TrainStep(in Batch batch, double rate) => rate;
                public void Dispose() { }
                public ModelDescription Description { get; } = null!;
                public int RowCapacity = 0;
                public void Decode(int token, int position, System.Span<double> logits) { }
                public double Loss(Batch batch) => 0;
            }
            """),
        new Expected(
            "MGPT013", "TrainStep",
            "'NamesGpt' declares TrainStep, which the generator declares in every compiled model; rename or remove it"),
        new Expected(
            "MGPT013", "Dispose", "'NamesGpt' declares Dispose, which the generator declares in every compiled model; rename or remove it"),
        new Expected(
            "MGPT013", "Description",
            "'NamesGpt' declares Description, which the generator declares in every compiled model; rename or remove it"),
        new Expected(
            "MGPT013", "RowCapacity",
            "'NamesGpt' declares RowCapacity, which the generator declares in every compiled model; rename or remove it"),
        new Expected(
            "MGPT013", "Decode", "'NamesGpt' declares Decode, which the generator declares in every compiled model; rename or remove it"));

    [Fact]
    public void StaticDescriptionDeclared() => Reports(
        File($"{Mlp} public sealed partial class NamesGpt {{ public static ModelDescription CompiledDescription = null!; }}"),
        new Expected(
            "MGPT013", "CompiledDescription",
            "'NamesGpt' declares CompiledDescription, which the generator declares in every compiled model; rename or remove it"));

    [Fact]
    public void MemberInherited() => Reports(
        File($"public class Base {{ public void Dispose() {{ }} }} {Mlp} public sealed partial class NamesGpt : Base;"),
        new Expected(
            "MGPT013", "NamesGpt",
            "'NamesGpt' inherits Dispose from 'Base', which the generator declares in every compiled model; rename or remove it"));

    [Fact]
    public void ConstructorDeclared() => Reports(
        File($"{Mlp} public sealed partial class NamesGpt {{ public NamesGpt(int rows) {{ }} }}"),
        new Expected("MGPT013", "NamesGpt", "'NamesGpt' declares the constructor NamesGpt(int), "
            + "which the generator declares in every compiled model; rename or remove it"));

    [Fact]
    public void ConstructorAlone() => Reports(
        File($"{Mlp} public sealed partial class NamesGpt {{ private NamesGpt(string text) {{ }} }}"),
        new Expected("MGPT015", "NamesGpt", "A constructor of 'NamesGpt' does not call the generated constructor, "
            + "so the model would have no memory; add ': this(rowCapacity: 0)'"));

    [Fact]
    public void PrimaryConstructor() => Reports(
        File($"{Mlp} public sealed partial class NamesGpt(int rows) {{ public int Rows => rows; }}"),
        new Expected("MGPT015", "NamesGpt", "The primary constructor of 'NamesGpt' does not call the generated constructor, "
            + "so the model would have no memory; remove the parameters after the class's name"));

    /// <summary>The stub of a class with a text of its own has the constructor with a number of rows beside the class's.</summary>
    [Fact]
    public void AMistakeBesideAPrimaryConstructor() => Reports(
        File("[Model(VocabSize = 5)] public sealed partial class NamesGpt(double std = 0.02) "
            + "{ private readonly Parameter wte = Functions.Matrix(5, 8, std); public Tensor Forward(Tokens tokens) => wte[tokens]; }"),
        new Expected(
            "MGPT219", "wte[tokens]",
            "Forward returns the result of reading wte [rows, 8], but must return logits [rows, 5], one for each token of the vocabulary"));

    [Theory]
    [InlineData("nint")]
    [InlineData("var")]
    public void NameOfAKeywordOutsideOfANamespace(string name) => ReportsAtDeclarations(
        $"using MicroGpt; {Mlp} public sealed partial class @{name};",
        new Expected("MGPT014", "@" + name, $"A spec class cannot be called '{name}', "
            + $"because outside of a namespace it hides C#'s own '{name}' from the generated code; rename the class"));

    [Fact]
    public void BaseClass() => ReportsAtDeclarations(
        File($"public class Base {{ protected Base(string name) "
            + $"{{ }} }} {Mlp} public sealed partial class NamesGpt : Base {{ public NamesGpt() : base(\"\") {{ }} }}"),
        new Expected("MGPT016", "NamesGpt", "The base class 'Base' of 'NamesGpt' has no constructor without parameters that the "
            + "generated constructor could call; add one, or remove the base class"));

    [Fact]
    public void NameOfAMember() => ReportsAtDeclarations(
        File($"{Mlp} public sealed partial class TrainStep;"),
        new Expected(
            "MGPT014", "TrainStep",
            "A spec class cannot be called 'TrainStep', because the generator declares a member of that name; rename the class"));

    [Fact]
    public void NameOfTheRegistry() => ReportsAtDeclarations(
        File($"{Mlp} public sealed partial class CompiledModels;"),
        new Expected("MGPT014", "CompiledModels", "A spec class cannot be called 'CompiledModels', "
            + "because the generator declares the list of all models, a class of that name; rename the class"));

    private static string File(string source) => $"using MicroGpt; namespace App;\n{source}";
}
