using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Xunit;

namespace MicroGpt.Generator.Tests.Rooms;

/// <summary>Private fields begin with an underscore in compiler and core, and do not in the rest, as .editorconfig has it.</summary>
public sealed class FieldNamesTests
{
    private static readonly string[] WithUnderscore =
        ["src/Generator/", "src/Core/", "bench/", "tests/Generator.Tests/", "tests/Reference/"];

    // Their fields are a model's parameters, which bear the names of weights.
    private const string Models = "src/Core/Architectures/";

    [Fact]
    public void AFieldIsNamedAsItsFolderNamesThem()
    {
        string[] found = [.. SourceTexts.All
            .Where(source => !source.File.StartsWith(Models, StringComparison.Ordinal))
            .SelectMany(source => Misnamed(source.Text, WithUnderscore.Any(f => source.File.StartsWith(f, StringComparison.Ordinal)))
                .Select(field => $"{source.File}: {field}"))];

        Assert.NotEmpty(SourceTexts.All);
        Assert.True(found.Length == 0, string.Join("\n", found));
    }

    [Fact]
    public void AFieldOfAnotherNameIsSaid()
    {
        const string Text = "class A { private int a, _b; private static int s_c; private const int C = 1; public int d; readonly int e; }";
        Assert.Equal(["a", "e"], Misnamed(Text, withUnderscore: true));
        Assert.Equal(["_b"], Misnamed(Text, withUnderscore: false));
    }

    private static IEnumerable<string> Misnamed(string text, bool withUnderscore) =>
        CSharpSyntaxTree.ParseText(text).GetRoot().DescendantNodes().OfType<FieldDeclarationSyntax>()
            .Where(field => !field.Modifiers.Any(IsOfAnotherRule))
            .SelectMany(field => field.Declaration.Variables)
            .Select(variable => variable.Identifier.Text)
            .Where(name => name.StartsWith('_') != withUnderscore);

    // What is static or constant is named by what it is; what others see, as a property.
    private static bool IsOfAnotherRule(SyntaxToken modifier) => modifier.Kind()
        is SyntaxKind.StaticKeyword or SyntaxKind.ConstKeyword or SyntaxKind.PublicKeyword or SyntaxKind.InternalKeyword
        or SyntaxKind.ProtectedKeyword;
}
