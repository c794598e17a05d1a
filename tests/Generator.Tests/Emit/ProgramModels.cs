namespace MicroGpt.Generator.Tests.Emit;

using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using MicroGpt.Generator.Spec;
using MicroGpt.Generator.Targets.Cpu.Lowering;
using MicroGpt.Generator.Tests.Language;
using MicroGpt.Generator.Text;
using F = MicroGpt.Generator.Ops.ElementwiseFunctions;

/// <summary>A forward pass under construction: the primitives, by short names.</summary>
internal sealed class PassBuilder
{
    private readonly List<Node> _parameters = [];
    private int _count;

    public PassBuilder(int vocabulary)
    {
        Vocabulary = vocabulary;
        Tokens = G.Add(new Input(InputKind.Tokens), "tokens");
        Targets = G.Add(new Input(InputKind.Targets), "targets");
    }

    public GraphBuilder G { get; } = new();

    public int Vocabulary { get; }

    public Node Tokens { get; }

    public Node Targets { get; }

    public Node Matrix(string name, Axis rows, Axis columns) => Declare(new Parameter(name, Shape.Matrix(rows, columns)));

    public Node Vector(string name, Axis channels) => Declare(new Parameter(name, Shape.Vector(channels)));

    public Node Add(Op op, params Node[] inputs) => G.Add(op, op.Name.ToLowerInvariant() + _count++, inputs);

    public Node Do(ElementwiseFunction f, params Node[] inputs) => Add(new Elementwise(f), inputs);

    public Node Embed(Node table) => Add(new Embed(), table, Tokens);

    public Node Linear(Node x, Node w) => Add(new Linear(), x, w);

    public Node Sum(Node x) => Add(new Reduce(Reduction.Sum), x);

    public Node Wide(Node narrow, Node like) => Add(new RepeatChannels(like.Shape.Inner.Size), narrow);

    public Node Mean(Node x) => Wide(Do(F.Multiply, Sum(x), G.Number(1.0 / x.Shape.Inner.Size)), x);

    public Node Rows(Node vector) => Add(new RepeatRows(), vector);

    public Node Norm(Node x)
    {
        var centred = Do(F.Subtract, x, Mean(x));
        return Do(F.Multiply, centred, Wide(
            Do(F.Rsqrt, Do(F.Add, Do(F.Multiply, Sum(Do(F.Square, centred)), G.Number(1.0 / x.Shape.Inner.Size)), G.Number(1e-5))), x));
    }

    public Node Softmax(Node x)
    {
        var e = Do(F.Exp, Do(F.Subtract, x, Wide(Add(new Detach(), Add(new Reduce(Reduction.Largest), x)), x)));
        return Do(F.Divide, e, Wide(Sum(e), e));
    }

    public ForwardGraph Finish(Node x)
    {
        var logits = Linear(x, Matrix("head", Vocabulary, x.Shape.Inner));
        return End(logits);
    }

    public ForwardGraph End(Node logits) => new(G, _parameters, logits, G.Add(new CrossEntropy(), "loss", logits, Targets));

    private Node Declare(Parameter parameter)
    {
        var node = G.Add(parameter, parameter.Canonical);
        _parameters.Add(node);
        return node;
    }
}

/// <summary>Models made of primitives, compiled into one assembly, each for one width of vectors.</summary>
public sealed class ProgramModels : IDisposable
{
    private const int Vocabulary = 11;

    private readonly LoadedModels _models = new("ProgramModels", All.Values.Select(m => (m.Plan.Value, m.Bits)));

    internal static IReadOnlyDictionary<string, (Lazy<CompiledModel> Plan, int Bits)> All { get; } = Made()
        .Concat(Known()).ToDictionary(m => m.Name, m => (m.Plan, m.Bits));

    /// <summary>Whole architectures, with heads of awkward and of other sizes.</summary>
    private static IEnumerable<(string Name, Lazy<CompiledModel> Plan, int Bits)> Known()
    {
        foreach (int bits in new[] { 512, 256, 128 })
        {
            yield return Of("Gpt2", Spec.Optimizer.Adam, bits, () => KnownArchitectures.Gpt2(Vocabulary, 12, 20, 4, 2));
            yield return Of("Llama", Spec.Optimizer.Sgd, bits, () => KnownArchitectures.Llama(Vocabulary, 12, 24, 4, 2, 40, 2));
        }

        yield return Of("Deep", Spec.Optimizer.Sgd, 256, () => DeepProgram.Record(Vocabulary));
        yield return Of("Roots", Spec.Optimizer.Sgd, 256, () => RootsProgram.Record(Vocabulary));
        yield return Of("Roots", Spec.Optimizer.Momentum, 128, () => RootsProgram.Record(Vocabulary));

        static (string, Lazy<CompiledModel>, int) Of(
            string name, Spec.Optimizer optimizer, int bits, Func<Generator.Graph.Program> program) => (
            name + "_" + bits,
            new Lazy<CompiledModel>(() => ModelCompiler.Plan(
                new ModelSpec
                {
                    Namespace = "Tests", Name = name + "_" + bits, Precision = bits == 512 ? Spec.Precision.Single : Spec.Precision.Double,
                    Optimizer = optimizer, NEmbd = 20,
                },
                program())),
            bits);
    }

    private static IEnumerable<(string Name, Lazy<CompiledModel> Plan, int Bits)> Made() => Make().Select(
        m => (m.Name, new Lazy<CompiledModel>(() => ModelCompiler.Plan(
            new ModelSpec
            {
                Namespace = "Tests",
                Name = m.Name,
                Architecture = Architecture.Mlp,
                VocabSize = Vocabulary,
                NEmbd = 8,
                Precision = m.Precision,
                Optimizer = m.Optimizer,
            },
            () => m.Build(new PassBuilder(Vocabulary)))), m.Bits));

    internal ICompiledModel Create(string name, int rowCapacity = 40) => _models.Create(name, rowCapacity);

    public void Dispose() => _models.Dispose();

    private static IEnumerable<(
        string Name, Func<PassBuilder, ForwardGraph> Build, Spec.Precision Precision, Spec.Optimizer Optimizer, int Bits)> Make()
    {
        (string Name, Func<PassBuilder, ForwardGraph> Build)[] passes =
        [
            .. new[] { 5, 16, 24, 100 }.Select(width => ($"Norm{width}", (Func<PassBuilder, ForwardGraph>)(b => Norm(b, width)))),
            ("Tied", Tied),
            ("Functions", Functions),
            .. new[] { (3, 4), (3, 5), (4, 16), (2, 24), (5, 1), (2, 32) }
                .Select(g => ($"Groups{g.Item1}x{g.Item2}", (Func<PassBuilder, ForwardGraph>)(b => Groups(b, g.Item1, g.Item2)))),
            ("Slices", Slices),
            ("Numbers", Numbers),
        ];
        int[] bits = new[] { 512, 256, 128 };
        for (int i = 0; i < passes.Length; i++)
        {
            for (int k = 0; k < 3; k++)
            {
                yield return (
                    passes[i].Name + "_" + bits[k],
                    passes[i].Build,
                    (i + k) % 3 == 0 ? Spec.Precision.Single : Spec.Precision.Double,
                    (Spec.Optimizer)((i + k) % 4),
                    bits[k]);
            }
        }
    }

    /// <summary>Norms with gain and bias, a gate, a residual.</summary>
    private static ForwardGraph Norm(PassBuilder b, int width)
    {
        var x = b.Embed(b.Matrix("table", Vocabulary, width));
        var y = b.Do(F.Add, b.Do(F.Multiply, b.Norm(x), b.Rows(b.Vector("gain", width))), b.Rows(b.Vector("bias", width)));
        var gate = b.Do(F.Add, b.Linear(y, b.Matrix("gate", 2 * width, width)), b.Rows(b.Vector("gate_bias", 2 * width)));
        var up = b.Linear(y, b.Matrix("up", 2 * width, width));
        var h = b.Do(F.Multiply, b.Do(F.Multiply, gate, b.Do(F.Sigmoid, gate)), up);
        var z = b.Do(F.Add, x, b.Linear(h, b.Matrix("down", width, 2 * width)));
        return b.Finish(b.Norm(z));
    }

    /// <summary>A table that is the weight of the logits too, and a weight that is read twice.</summary>
    private static ForwardGraph Tied(PassBuilder b)
    {
        Node table = b.Matrix("table", Vocabulary, 12), w = b.Matrix("w", 12, 12);
        var x = b.Embed(table);
        x = b.Do(F.Tanh, b.Linear(x, w));
        x = b.Do(F.Add, x, b.Do(F.Square, b.Do(F.Relu, b.Linear(x, w))));
        return b.End(b.Linear(x, table));
    }

    private static ForwardGraph Functions(PassBuilder b)
    {
        const int Width = 21;
        var x = b.Embed(b.Matrix("table", Vocabulary, Width));
        var positive = b.Do(F.Add, b.Do(F.Square, x), b.G.Number(0.5));
        Node[] terms =
        [
            b.Do(F.Log, positive), b.Do(F.Sqrt, positive), b.Do(F.Rsqrt, positive), b.Do(F.Divide, x, positive),
            b.Do(F.Exp, b.Do(F.Negate, positive)), b.Do(F.Abs, x), b.Do(F.Erf, x), b.Do(F.Tanh, x), b.Do(F.Sigmoid, x), b.Do(F.Relu, x),
            b.Do(F.Clamp, x, b.G.Number(-0.7), b.G.Number(0.9)),
            b.Do(F.Max, x, b.G.Number(0.1)), b.Do(F.Min, x, positive), b.Do(F.Max, b.Do(F.Tanh, x), b.Rows(b.Vector("v", Width))),
        ];
        return b.Finish(terms.Aggregate((a, c) => b.Do(F.Add, a, c)));
    }

    private static ForwardGraph Groups(PassBuilder b, int n, int d)
    {
        var x = b.Embed(b.Matrix("table", Vocabulary, n * d));
        var heads = b.Add(new Regroup(n), b.Linear(x, b.Matrix("w", n * d, n * d)));
        var y = b.Do(F.Multiply, b.Norm(heads), b.Rows(b.Add(new RepeatGroups(n), b.Vector("gain", d))));
        var z = b.Do(F.Add, y, b.Softmax(heads));
        var flat = b.Add(new Regroup(1), z);
        return b.Finish(b.Do(F.Add, b.Softmax(flat), b.Do(F.Multiply, flat, x)));
    }

    private static ForwardGraph Slices(PassBuilder b)
    {
        var x = b.Embed(b.Matrix("table", Vocabulary, 40));
        Node first = b.Add(new Slice(0, 16), x),
            middle = b.Add(new Slice(16, 32), x), odd = b.Add(new Slice(3, 19), x), last = b.Add(new Slice(32, 40), x);
        var y = b.Do(F.Add, b.Do(F.Multiply, first, middle), odd);
        var z = b.Add(new Concat(), y, last, b.Add(new Slice(1, 4), x));
        return b.Finish(b.Do(F.Tanh, z));
    }

    /// <summary>Values of one channel, also where a product reads them.</summary>
    private static ForwardGraph Numbers(PassBuilder b)
    {
        var x = b.Embed(b.Matrix("table", Vocabulary, 24));
        var sum = b.Do(F.Tanh, b.Sum(x));
        var w = b.Linear(sum, b.Matrix("w", 24, 1));
        var of = b.Sum(b.Add(new Regroup(6), x));
        var v = b.Linear(b.Add(new Regroup(1), b.Do(F.Tanh, of)), b.Matrix("v", 24, 6));
        return b.Finish(b.Do(F.Add, b.Do(F.Multiply, w, b.Wide(sum, x)), v));
    }
}
