namespace MicroGpt.Generator.Tests.Fuzz;

/// <summary>Statements that are C#, but wrong in a forward pass: each is one error of ours.</summary>
internal static class Mistakes
{
    // {x} is a tensor of {C} channels.
    private static readonly (string Statement, string? Field)[] All =
    [
        ("{x} = {x}.Heads(1).Heads({C+1});", null),
        ("{x} = Linear({x}, wrong);", "private readonly Parameter wrong = Matrix(3, {C+1});"),
        ("Console.WriteLine(1);", null),
        ("{x} = {x}.Heads(1)[{C}..{C+1}];", null),
        ("{x} = Concat();", null),
        ("{x} = Rope({x}.Heads(1), tokens, {C+1});", null),
        ("while (true) { }", null),
        ("try { } catch { }", null),
        ("int zero = 0; {x} *= 1 / zero;", null),
        ("int[] numbers = [1]; {x} *= numbers[3];", null),
        ("throw new InvalidOperationException(\"no\");", null),
        ("lock (this) { }", null),
        ("Parameter late = Matrix(2, 2);", null),
        ("var list = new System.Collections.Generic.List<Tensor>();", null),
        ("double[] read = {x}.ToArray();", null),
        ("{x} = Dropout({x}, 1.5);", null),
        ("{x} = Clamp({x}, 2, 1);", null),
        ("{x} = {x} + wte;", null),
        ("string none = null!; {x} *= none.Length;", null),
        ("", "private readonly Parameter unused = Vector(3);"),
        ("{x} += Sum(shared);", "private static readonly Parameter shared = Vector(3);"),
        ("if ({x} == {x}) { }", null),
        ("kept = {x};", "private Tensor? kept;"),
        ("int count = System.Linq.Enumerable.Count(new[] { 1 });", null),
        ("{x} = Recurse({x}); Tensor Recurse(Tensor a) => Recurse(a);", null),
        ("object o = 1; string s = (string)o;", null),
        ("{x} = Attention({x}.Heads(1), {x}.Heads(1), {x}.Heads(1), tokens, {C+1});", null),
        ("var anonymous = new { A = 1 };", null),
        ("{x} = wrong[tokens] + {x};", "private readonly Parameter wrong = Matrix(1, {C});"),
        ("", "private readonly Parameter empty = Vector(0);"),
        ("", "private readonly Parameter twin = Vector(3, name: \"wte\");"),
    ];

    public static (string Statement, string? Field) Any(Random random) => All[random.Next(All.Length)];
}
