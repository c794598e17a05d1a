using Xunit;

namespace MicroGpt.Generator.Tests.Reader;

/// <summary>What the reader understands of C#: each text means the same read as run.</summary>
public sealed class ConstructTests
{
    private static readonly Dictionary<string, (string Body, string Members)> Texts = new()
    {
        ["for"] = (
            "Tensor x = wte[tokens]; for (int i = 0, j = 3; i < j; i++, j -= 1) { x = x * (1.0 / (i + j)) + x; } return Linear(x, head);",
            ""),
        ["while and do"] = ("Tensor x = wte[tokens]; int i = 3; while (i > 0) { x *= 0.5 * i--; if (i == 1) { continue; } x += 1; "
            + "} do { x = -x; } while (++i < 2); return Linear(x, head);", ""),
        ["order of an assignment"] = ("Tensor x = wte[tokens]; int i = 1; int[] factors = [5, 6, 7]; factors[i++] = i; x *= factors[1] "
            + "+ (factors[2] * 0.1); return Linear(x, head);", ""),
        ["break"] = ("Tensor x = wte[tokens]; for (;;) { x += 0.1; if (x.Channels == 8) break; } return Linear(x, head);", ""),
        ["foreach over parameters"] = (
            "Tensor x = wte[tokens]; foreach (Parameter g in gains) x *= g; return Linear(x, head);",
            "private readonly Parameter[] gains = [Vector(8, 1), Vector(8, 1.5)];"),
        ["if and conditional"] = (
            "Tensor x = wte[tokens]; if (Wide && !(Width < 4)) { x = Relu(x); } else { x = Exp(x); } return Linear(Wide ? x : -x, head);",
            "private const bool Wide = true;"),
        ["switch statement"] = ("Tensor x = wte[tokens]; switch (kind) { case 0: x = Exp(x); break; case 1: case 2: x = Relu(x); break; "
            + "default: x = -x; break; } return Linear(x, head);", "private readonly int kind = 2;"),
        ["switch expression"] = (
            "Tensor x = wte[tokens]; x = name switch { \"relu\" => Relu(x), \"gelu\" => Gelu(x), _ => x }; return Linear(x, head);",
            "private readonly string name = \"ge\" + $\"{'l'}u\";"),
        ["patterns"] = (
            "Tensor x = wte[tokens]; if (Width is > 4 and < 100 and not 9) x = Tanh(x); if (bias is null) x += 1; if (gain is { } g) "
                + "x *= g; return Linear(x, head);",
            "private readonly Parameter? bias = null; private readonly Parameter? gain = Vector(8, 2);"),
        ["local functions"] = ("Tensor x = wte[tokens]; int n = 2; return Linear(Twice(x), head); Tensor Twice(Tensor y) "
            + "{ for (int i = 0; i < n; i++) { y = Step(y); } return y; } static Tensor Step(Tensor y) => Relu(y) + 0.5;", ""),
        ["lambdas"] = (
            "Tensor x = wte[tokens]; double scale = 0.5; Func<Tensor, Tensor> f = y => y * scale; scale = 0.25; Func<Tensor, Tensor>[] "
                + "all = [f, Relu, Gelu, y => { Tensor z = y + 1; return z; }]; foreach (var each in all) x = each(x); "
                + "return Linear(x, head);",
            ""),
        ["a lambda keeps its turn's variable"] = (
            "Tensor x = wte[tokens]; var all = new Func<Tensor, Tensor>[3]; int n = 0; foreach (double s in new[] { 0.5, 1.5, 2.0 }) "
                + "{ all[n++] = y => y * s; } foreach (var each in all) x = each(x) + 1; return Linear(x, head);", ""),
        ["delegates of modules"] = (
            "return Linear(mlp.Forward(wte[tokens]), head);",
            "private readonly Mlp mlp = new(8, Gelu); private sealed class Mlp(int width, Func<Tensor, Tensor> activation) "
                + "{ private readonly Parameter w = Matrix(width, width); public Tensor Forward(Tensor x) => activation(Linear(x, w)); }"),
        ["tuples"] = ("var (a, b) = Pair(wte[tokens]); (Tensor c, Tensor d) = (b, a); (a, b) = (b, a); var t = (First: a, Second: c); "
            + "return Linear(t.First * t.Item2 + d, head);", "private static (Tensor, Tensor) Pair(Tensor x) => (Relu(x), Exp(x));"),
        ["arrays"] = (
            "var parts = new Tensor[2]; parts[0] = wte[tokens]; parts[^1] = Relu(parts[0]); Tensor[] more = [.. parts, parts[0] * 2]; "
                + "Tensor[] x0 = more[1..]; return Linear(Concat(x0)[..8] + more[2], head); Tensor[] x1() => more;",
            ""),
        ["arithmetic"] = (
            "int d = Width / 3 * 2 % 5 << 1 | 1; long l = (long)d * 3; double r = Math.Sqrt(Width) + Math.Max(d, 2) - Math.Pow(2, -1.5) "
                + "+ (int)2.9 + l / 2; r += 1; d++; float f = (float)r; bool odd = (d & 1) == 1 ^ false; return Linear(wte[tokens] "
                + "* r * f * (odd ? 1 : 2) / d, head);",
            ""),
        ["strings"] = (
            "string s = $\"{Width:D3}-{1.5}\" + 'x' + 7; return Linear(wte[tokens] * (s == \"008-1.5x7\" ? 2 : 3) * s.Length, head);", ""),
        ["named and optional arguments"] = (
            "Tensor x = RmsNorm(wte[tokens], epsilon: 1e-3); return Linear(matrix: head, x: Scaled(by: 3, x: x), bias: null);",
            "private static Tensor Scaled(Tensor x, double shift = 1, int by = 2) => x * by + shift;"),
        ["properties"] = ("return Linear(wte[tokens] * Half * Auto * Computed, head);", "private static double Half => 0.5; "
            + "private int Auto { get; } = 3; private int Computed { get { int y = Auto; return y + 1; } }"),
        ["static fields"] = ("return Linear(wte[tokens] * Table[1], head);", "private static readonly double[] Table = [1, 2.5]; "),
        ["virtual methods"] = (
            "Tensor x = wte[tokens]; foreach (Layer l in stack) x = l.Forward(x); return Linear(x, head);",
            "private readonly Layer[] stack = [new Narrow(), new Wide()]; private abstract class Layer { protected readonly Parameter "
                + "shared = Vector(8, 1); public virtual Tensor Forward(Tensor x) => Act(x) * shared; "
                + "protected abstract Tensor Act(Tensor x); } private class Narrow : Layer { private readonly Parameter own = Vector(8); "
                + "protected override Tensor Act(Tensor x) => Relu(x) + own; } private sealed class Wide : Narrow { private readonly "
                + "Parameter last = Vector(8, 2); public override Tensor Forward(Tensor x) => base.Forward(x) * last; }"),
        ["interfaces"] = (
            "Tensor x = wte[tokens]; foreach (ILayer l in stack) x = l.Forward(x); return Linear(x, head);",
            "private readonly ILayer[] stack = [new A(), new B()]; private interface ILayer { Tensor Forward(Tensor x); "
                + "} private sealed class A : ILayer { public Tensor Forward(Tensor x) => Relu(x); } private sealed class B : "
                + "ILayer { private readonly Parameter w = Matrix(8, 8); Tensor ILayer.Forward(Tensor x) => Linear(x, w); }"),
        ["generic modules"] = (
            "return Linear(r.Forward(wte[tokens]), head);",
            "private readonly Residual<Act> r = new(); private interface IModule { Tensor Forward(Tensor x); } private sealed class Act "
                + ": IModule { private readonly Parameter w = Matrix(8, 8); public Tensor Forward(Tensor x) => Tanh(Linear(x, w)); "
                + "} private sealed class Residual<T> where T : IModule, new() { private readonly T inner = new(); private readonly T[] "
                + "more = Layers<T>(2); public Tensor Forward(Tensor x) { x += inner.Forward(x); foreach (T m in more) x = Apply(m, x); "
                + "return x; } private static Tensor Apply<TM>(TM m, Tensor x) where TM : IModule => m.Forward(x); }"),
        ["shared parameters"] = (
            "return Linear(a.Forward(b.Forward(wte[tokens])), wte);", "private readonly Gate a, b; private readonly Parameter g; "),
        ["recursion"] = (
            "return Linear(Deep(wte[tokens], 3), head);",
            "private static Tensor Deep(Tensor x, int n) => n == 0 ? x : Deep(Relu(x) + n, n - 1);"),
        ["null operators"] = (
            "Tensor? t = null; t ??= wte[tokens]; int? n = null; double scale = (n ?? 2) * (settings?.Scale ?? 1); "
                + "return Linear((t ?? wte[tokens]) * scale, head);",
            "private readonly Settings? settings = new(3); private sealed class Settings(double scale) { public double Scale => scale; }"),
        ["records as settings"] = (
            "return Linear(wte[tokens] * s.Scale * s.More, head);",
            "private readonly Settings s = new(2, 0.5); private sealed record Settings(int Scale, double More);"),
        ["constructors' bodies"] = ("return Linear(m.Forward(wte[tokens]), head);", "private readonly M m = new(3); "
            + "private sealed class M { private readonly Parameter w = Vector(8, 1); private readonly double scale; public M(int n) : "
            + "this(n * 0.5) { } private M(double s) { scale = s; } public Tensor Forward(Tensor x) => x * w * scale; }"),
        ["conditional fields"] = (
            "return Linear(wte[tokens], head, bias);",
            "private const bool Biased = true; private readonly Parameter? bias = Biased ? Vector(5) : null;"),
        ["object initialisers"] = (
            "return Linear(wte[tokens] * c.A, head);",
            "private readonly C c = new() { A = 4 }; private sealed class C { public int A { get; init; } = 1; }"),
        ["names of layers"] = ("Tensor x = wte[tokens]; foreach (var l in ls) x = l.Forward(x); foreach (var l in plain) "
            + "x = l.Forward(x); return Linear(x, head);", "private readonly L[] ls = Layers<L>(2, name: \"layer{0}\"); private readonly "
                + "L2[] plain = Layers<L2>(1, name: \"\"); private sealed class L { private readonly Parameter g = Vector(8, 1); "
                + "public Tensor Forward(Tensor x) => x * g; } private sealed class L2 { private readonly Parameter only = Vector(8, 1); "
                + "public Tensor Forward(Tensor x) => x + only; }"),
        ["the whole language"] = ("""
            Tensor x = wte[tokens] + wpe[tokens.Positions];
            Tensor h = x.Heads(2);
            Tensor n = RmsNorm(h, gain) + Softmax(h) * Largest(h) - Mean(h) / (1 + Square(Sum(h)));
            Tensor q = Rope(x, tokens, 2, theta: 100, interleaved: true);
            Tensor y = Attention(q, x, x, tokens, 2, scale: 0.5, window: 3, softcap: 5);
            Tensor z = Concat(y[..4], Clamp(x, -0.5, 0.5)[4..]) * Sigmoid(x) + Min(x, 0.3) * Max(0.1, x) + Max(x, y) - Min(x, y);
            z += Log(1 + Exp(x)) + Sqrt(Abs(x) + 1) + Rsqrt(Square(x) + 1) + Erf(x) + Silu(x) + GeluTanh(x) + LayerNorm(x) + Detach(Tanh(x));
            return Linear(z + n.Heads(1) + 2 / (3 + x * x) - (1 - x) / 2 + 0.5 * x, head, bias: Vector5);
            """, "private readonly Parameter wpe = Matrix(6, 8), gain = Vector(4, 1), Vector5 = Vector(5);"),
    };

    public static TheoryData<string> Names => [.. Texts.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void MeansTheSameReadAsRun(string name)
    {
        (string body, string members) = Texts[name];
        if (name == "shared parameters")
        {
            members = "private readonly Gate a = new(gate); private readonly Gate b = new(gate); private sealed class Gate(Parameter g) "
                + "{ private readonly Parameter g = g; public Tensor Forward(Tensor x) => x * g; }";
            Agreement.Assert($$"""
                [Model(VocabSize = 5, BlockSize = 6, InitStd = 0.1)]
                public sealed partial class Small(int width = 8) : Base
                {
                    private readonly Gate[] gates = Twice(Vector(width, 1));
                    private static Gate[] Twice(Parameter g) => [new Gate(g), new Gate(g)];
                    public Tensor Forward(Tokens tokens) { Tensor x = wte[tokens]; foreach (Gate g in gates) x = g.Forward(x); return Linear(x, wte); }
                    private sealed class Gate(Parameter g) { private readonly Parameter held = g; public Tensor Forward(Tensor x) => x * held; }
                }
                public class Base { protected readonly Parameter wte = Matrix(5, 8); }
                """);
            return;
        }

        Agreement.Assert($$"""
            [Model(VocabSize = 5, BlockSize = 6, InitStd = 0.1)]
            public sealed partial class Small
            {
                private const int Width = 8;
                private readonly Parameter wte = Matrix(5, Width, std: 0), head = Matrix(5, Width);
                {{members}}
                public Tensor Forward(Tokens tokens) { {{body}} }
            }
            """);
    }
}
