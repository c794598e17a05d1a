using System.Collections.Immutable;
using MicroGpt.Generator.Spec;
using MicroGpt.Generator.Tests.Pipeline;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;

namespace MicroGpt.Generator.Tests.Fuzz;

/// <summary>One case of the fuzzer: a text that a seed determines, and what the generator must do with it.</summary>
internal static class GeneratorFuzz
{
    private const string Usings = "using System; using MicroGpt; using static MicroGpt.Functions;\n";

    // What breaks out of a text in the middle of typing.
    private static readonly string[] Tokens =
    [
        "(", ")", "{", "}", "[", "]", ";", ",", ".", "..", "=", "==", "=>", "\"", "'", "/*", "//", "#if X\n", "<", ">", "?", "!", "0", "-1",
        "1e999", "int.MaxValue", "null", "default", "this", "x", "tokens", "wte", "Tensor", "await ", "yield return ", "ref ", "out ",
        "static ", "partial ", "new ", "return ", "throw ", "[Model]", "[GptModel]", "[MlpModel(NEmbd = 1)]", "\u200b", "@",
    ];

    /// <summary>Runs one case.</summary>
    /// <returns>What is wrong with the generator, text included; null where nothing is.</returns>
    public static string? Run(int seed)
    {
        var random = new Random(seed);
        var (text, errors) = Make(random);
        string? problem;
        try
        {
            problem = Judge(text, errors) ?? (seed % 4 == 0 ? JudgeEdits(text, random) : null);
        }
        catch (Exception e)
        {
            problem = e.ToString();
        }

        return problem is null ? null : $"seed {seed}: {problem}\n----\n{text}\n----";
    }

    /// <summary>A text, and the number of errors of ours that it must give where that is known.</summary>
    private static (string Text, int? Errors) Make(Random random)
    {
        switch (random.Next(6))
        {
            case 0:
                return (Usings + new RandomModel(random, "Small").Text, 0);
            case 1:
                return (Usings + new RandomModel(random, "Small").WithMistake(), 1);
            case 2:
                var (spec, isWrong) = RandomSpec.Make(random);
                return (Usings + spec, isWrong ? 1 : 0);
            case 3:
                return (Broken(Usings + RandomSpec.Make(random).Text, random), null);
            default:
                return (Broken(Usings + new RandomModel(random, "Small").Text, random), null);
        }
    }

    /// <summary>The text as it is in the middle of typing.</summary>
    private static string Broken(string text, Random random)
    {
        for (int edits = random.Next(1, 4); edits > 0; edits--)
        {
            int at = random.Next(Usings.Length, text.Length), length = Math.Min(random.Next(1, 12), text.Length - at);
            string token = Tokens[random.Next(Tokens.Length)];
            text = random.Next(6) switch
            {
                0 => text[..at],
                1 => text.Remove(at, length),
                2 => text.Insert(at, token),
                3 => text.Remove(at, length).Insert(at, token),
                4 => text.Insert(at, text.Substring(at, length)),
                _ => text.Remove(at, length).Insert(random.Next(Usings.Length, text.Length - length), text.Substring(at, length)),
            };
            if (text.Length <= Usings.Length)
            {
                return text + ";";
            }
        }

        return text;
    }

    private static TestProject Project(string text) => TestProject.Of(text) with { Compile = TestSpecs.Compile };

    private static string? Judge(string text, int? errors)
    {
        TestProject project = Project(text);
        CSharpCompilation input = project.CreateCompilation();
        GeneratorDriver driver = project.CreateDriver()
            .RunGeneratorsAndUpdateCompilation(input, out Compilation output, out ImmutableArray<Diagnostic> ours);
        if (Failure(driver, ours) is { } failure)
        {
            return failure;
        }

        bool isCSharp = !input.GetDiagnostics().Any(d => d.Severity == DiagnosticSeverity.Error);
        if (ours.Select(d => (d.Id, d.Location.GetLineSpan().Span)).Distinct().Count() != ours.Length)
        {
            return "one place has one error twice: " + Join(ours);
        }

        if (!isCSharp)
        {
            return errors == 0 ? "the fuzzer's text is no C#: " + Join(input.GetDiagnostics()) : null;
        }

        // Several mistakes may stand in a text; one that was planted is one.
        if (errors is { } expected && ours.Length != expected)
        {
            return $"{ours.Length} errors of ours instead of {expected}: {Join(ours)}";
        }

        Diagnostic[] theirs = [.. output.GetDiagnostics().Where(d => d.Severity == DiagnosticSeverity.Error
            || (d.Severity == DiagnosticSeverity.Warning && d.Location.SourceTree is { } tree && !input.SyntaxTrees.Contains(tree)))];
        if (ours.IsEmpty && theirs.Length > 0)
        {
            return "what was generated does not compile: " + Join(theirs);
        }

        // A class that cannot be extended has no stub; then the compiler stops after the declarations.
        theirs = [.. output.GetDeclarationDiagnostics().Where(d => d.Severity == DiagnosticSeverity.Error)];
        return theirs.Length > 0 ? "beside ours: " + Join(theirs) : null;
    }

    /// <summary>Edits through one driver give what each text gives from scratch.</summary>
    private static string? JudgeEdits(string text, Random random)
    {
        TestProject project = Project(text);
        CSharpCompilation compilation = project.CreateCompilation();
        GeneratorDriver driver = project.CreateDriver().RunGenerators(compilation);
        for (int edit = 0; edit < 3; edit++)
        {
            // Back to what it was, now and then.
            string edited = edit == 1 ? text : random.Next(3) == 0 ? "// A comment.\n" + text : Broken(text, random);
            SyntaxTree old = compilation.SyntaxTrees[0];
            compilation = compilation.ReplaceSyntaxTree(
                old, CSharpSyntaxTree.ParseText(SourceText.From(edited, System.Text.Encoding.UTF8), project.ParseOptions, old.FilePath));
            driver = driver.RunGenerators(compilation);
            GeneratorDriver fresh = project.CreateDriver().RunGenerators(compilation);
            if (Failure(driver, driver.GetRunResult().Diagnostics) is { } failure)
            {
                return $"after an edit: {failure}\n----\n{edited}";
            }

            if (Describe(driver) != Describe(fresh))
            {
                return $"after an edit the driver has not what a run from scratch has:\n----\n{edited}";
            }
        }

        return null;
    }

    private static string Describe(GeneratorDriver driver)
    {
        GeneratorRunResult result = driver.GetRunResult().Results.Single();
        return Join(result.Diagnostics) + string.Concat(result.GeneratedSources.Select(s => $"\n{s.HintName}\n{s.SourceText}"));
    }

    private static string? Failure(GeneratorDriver driver, ImmutableArray<Diagnostic> diagnostics) =>
        driver.GetRunResult().Results.Single().Exception is { } exception ? "the generator threw: " + exception
        : diagnostics.FirstOrDefault(d => d.Id is "CS8785" or "CS8784" || d.Id == Spec.Diagnostics.InternalFailure.Id) is { } failure
            ? failure.ToString()
        : null;

    private static string Join(IEnumerable<Diagnostic> diagnostics) =>
        string.Join("\n  ", diagnostics.Where(d => d.Severity >= DiagnosticSeverity.Warning).Take(5));
}
