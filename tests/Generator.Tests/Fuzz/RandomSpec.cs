namespace MicroGpt.Generator.Tests.Fuzz;

/// <summary>The text of a random spec of a built-in architecture: awkward but right, or with one mistake.</summary>
internal static class RandomSpec
{
    private static readonly string[] Names =
    [
        "Small", "Part", "Batch", "@nint", "@class", "SingleKernels", "doublekernels256", "compiledmodels", "Tensor", "Weights", "K",
        "Vector256", "Math", "Model", "Gpt", "Größe", "_", "Forward", "ModelEntry", "Arena", "Precision2", "System2", new string('L', 300),
    ];

    private static readonly string[] Neighbours =
    [
        "", "", "", "public sealed class Part { }", "internal enum Batch { }", "public static class Math { }", "class VectorMath { }",
        "public delegate void Console();", "class Memory { } struct Span2 { }", "public interface ICompiledModelX { }",
    ];

    private static readonly string[] Members =
    [
        "", "", "", "public int Age; ", "private sealed class VectorSupport { } ", "public required string Title { get; init; } ",
        "private int part, rows; ", "private void Forward() { } ", "public const int Panel = 3; ",
        "public override string ToString() => \"\"; ", "static int Sum(int x) => x; ", "public event System.Action? Done; ",
    ];

    private static readonly string[] Attributes =
    [
        "", "", "", "[System.Obsolete] ", "[System.Serializable] ", "[System.Diagnostics.CodeAnalysis.Experimental(\"X1\")] ",
        "[System.Obsolete(\"old\")] ",
    ];

    // A mistake each: in an argument, or in the declaration.
    private static readonly (string From, string To)[] Mistakes =
    [
        ("VocabSize = 5", "VocabSize = 0"), ("VocabSize = 5", "VocabSize = -3"), ("VocabSize = 5", "VocabSize = int.MaxValue"),
        ("VocabSize = 5, ", ""), ("VocabSize = 5", "VocabSize = 1"), ("NEmbd = 6", "NEmbd = 0"), ("NEmbd = 6", "NEmbd = int.MinValue"),
        ("NEmbd = 6", "NEmbd = 1 << 30"), ("NHead = 2", "NHead = 4"), ("NHead = 2", "NHead = 0"), ("NLayer = 1", "NLayer = 100000"),
        ("NLayer = 1", "NLayer = -1"), ("BlockSize = 3", "BlockSize = 0"), ("BlockSize = 3, ", ""),
        ("InitStd = 0.1", "InitStd = double.NaN"), ("InitStd = 0.1", "InitStd = -1"), ("InitStd = 0.1", "Precision = (Precision)7"),
        ("InitStd = 0.1", "Optimizer = (Optimizer)9"), ("partial class", "class"), ("sealed partial class", "static partial class"),
        ("sealed partial class", "abstract partial class"),
        (" {", "<T> {"), (" {", " : System.Uri {"), (" {", " { public void Dispose() { } "),
    ];

    /// <summary>A text, and whether it has a mistake.</summary>
    public static (string Text, bool IsWrong) Make(Random random)
    {
        string Any(string[] choices) => choices[random.Next(choices.Length)];
        string arguments = random.Next(3) == 0
            ? "MlpModel(VocabSize = 5, NEmbd = 6, InitStd = 0.1"
            : "GptModel(VocabSize = 5, BlockSize = 3, NEmbd = 6, NHead = 2, NLayer = 1, InitStd = 0.1";
        arguments += random.Next(4) == 0 ? ", Precision = Precision.Double" : random.Next(4) == 0 ? ", Optimizer = Optimizer.Adam" : "";
        string neighbour = Any(Neighbours);

        // A type of the library's own full name would hide it.
        string space = random.Next(4) switch
        {
            0 => "namespace A.B.@event;",
            1 when neighbour.Length == 0 => "namespace MicroGpt.Own;",
            2 => "namespace App;",
            _ => "",
        };
        string accessibility = random.Next(2) == 0 ? "public " : "";
        string name = Any(Names);

        // Outside of any namespace it would take the keyword's place everywhere.
        name = name == "@nint" && space.Length == 0 ? "nint2" : name;
        name = neighbour.Contains($" {name} ", StringComparison.Ordinal) ? name + "2" : name;
        string members = Any(Members);
        members = members.Contains($" {name}(", StringComparison.Ordinal) ? "" : members;
        string text = $"{space}\n{neighbour}\n[{arguments})]\n{Any(Attributes)}{accessibility}sealed partial class {name} {{ {members}}}\n";
        if (random.Next(5) == 0)
        {
            text =
                text.Replace("NEmbd = 6", new[] { "NEmbd = 0x6", "NEmbd = 3 + 3", "NEmbd = 'a' - 91", "NEmbd = (int)6L" }[random.Next(4)]);
        }

        if (random.Next(2) == 0)
        {
            return (text, false);
        }

        var (from, to) = Mistakes[random.Next(Mistakes.Length)];
        int at = text.IndexOf(from, text.IndexOf('[', StringComparison.Ordinal), StringComparison.Ordinal);
        return at < 0 ? (text, false) : (text[..at] + to + text[(at + from.Length)..], true);
    }
}
