namespace MicroGpt.Generator.Tests.Emit;

using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Language;
using MicroGpt.Generator.Ops;
using MicroGpt.Generator.Spec;
using MicroGpt.Generator.Targets.Cpu.Lowering;
using Xunit;
using static MicroGpt.Generator.Language.Functions;
using Parameter = MicroGpt.Generator.Language.Parameter;
using Program = MicroGpt.Generator.Graph.Program;

/// <summary>Models written in the language, compiled into one assembly, each for one width of vectors.</summary>
public sealed class LanguageModels : IDisposable
{
    internal const int Vocabulary = 11;

    private const int Block = 37;

    /// <summary>So many keys that narrow heads keep no weights either, and that blocks of them end within documents.</summary>
    private const int LongBlock = 150;

    private readonly LoadedModels _models = new("LanguageModels", All.Values.Select(m => (m.Plan.Value, m.Bits)));

    internal static IReadOnlyDictionary<string, (Lazy<CompiledModel> Plan, int Bits)> All { get; } = Make().ToDictionary(
        m => m.Name,
        m => (new Lazy<CompiledModel>(() => ModelCompiler.Plan(
            new ModelSpec { Namespace = "Tests", Name = m.Name, Precision = m.Precision, Optimizer = Optimizer.Sgd, NEmbd = 24 },
            m.Program())), m.Bits));

    internal ICompiledModel Create(string name) => _models.Create(name, rowCapacity: 600);

    public void Dispose() => _models.Dispose();

    private static IEnumerable<(string Name, Func<Program> Program, Precision Precision, int Bits)> Make()
    {
        (string Name, Func<Program> Program)[] programs =
        [
            .. from heads in new[] { (3, 4), (2, 24), (1, 40), (4, 16) }
               from variant in new (string, Func<Tensor, Tensor, Tensor, Tokens, int, Tensor>)[]
               {
                   ("Scale", (q, k, v, t, n) => Attention(q, k, v, t, n, scale: 0.7)),
                   ("Window", (q, k, v, t, n) => Attention(q, k, v, t, n, window: 5)),
                   ("Cap", (q, k, v, t, n) => Attention(q, k, v, t, n, softcap: 0.8)),
                   ("All", (q, k, v, t, n) => Attention(q, k, v.Heads(n).Slice(0, 3).Heads(1), t, n, scale: 1.2, window: 18, softcap: 1.5)),
               }
               select (
                   $"{variant.Item1}{heads.Item1}x{heads.Item2}", (Func<Program>)(() => Attend(heads.Item1, heads.Item2, variant.Item2))),
            .. from heads in new[] { (2, 6), (4, 8), (2, 16), (2, 24), (1, 64), (3, 10) }
               from interleaved in new[] { false, true }
               select (
                   $"Rope{(interleaved ? "I" : "")}{heads.Item1}x{heads.Item2}",
                   (Func<Program>)(() => Turn(heads.Item1, heads.Item2, interleaved))),
            ("RopeInUsedMemory", TurnInUsedMemory),
            .. from heads in new[] { (3, 4), (2, 24), (1, 40), (4, 16) }
               from window in new[] { 1, 5, 18 }
               select ($"Ring{window}Of{heads.Item1}x{heads.Item2}", (Func<Program>)(() => Attend(
                   heads.Item1,
                   heads.Item2,
                   (q, k, v, t, n) => Attention(Rope(q, t, n), Rope(k, t, n), v, t, n, window: window, softcap: window == 5 ? 0.8 : null),
                   block: 0))),
            .. from heads in new[] { (4, 16), (3, 4), (2, 7), (5, 1), (4, 8), (1, 16) }
               from variant in new (string, Func<Tensor, Tensor, Tensor, Tokens, int, Tensor>)[]
               {
                   ("Tiles", (q, k, v, t, n) => Attention(q, k, v, t, n)),
                   ("TilesWindow", (q, k, v, t, n) => Attention(q, k, v, t, n, window: 70)),
                   ("TilesAll", (q, k, v, t, n) => Attention(q, k, v, t, n, scale: 1.2, window: 18, softcap: 1.5)),
               }
               select (
                   $"{variant.Item1}{heads.Item1}x{heads.Item2}",
                   (Func<Program>)(() => Attend(heads.Item1, heads.Item2, variant.Item2, block: LongBlock))),

            // A window that ends a lane before a block of queries does, or before two of them in double precision.
            ("TilesEdge4x16", () => Attend(4, 16, (q, k, v, t, n) => Attention(q, k, v, t, n, window: 15), block: LongBlock)),
            .. from heads in new[] { (2, 4), (1, 24) }
               from window in new int?[] { null, 31 }
               select ($"TwoPanels{window}Of{heads.Item1}x{heads.Item2}", (Func<Program>)(() => Attend(
                   heads.Item1, heads.Item2, (q, k, v, t, n) => Attention(q, k, v, t, n, window: window), block: 260))),
            ("Ring70Of4x8", () => Attend(4, 8, (q, k, v, t, n) => Attention(q, k, v, t, n, window: 70), block: 0)),
            ("Twins", Twins),
            ("ManyPasses", ManyPasses),
            ("TwoGelus", () => Widths(x => Linear(Gelu(Linear(x, Matrix(1, 7, name: "n1"))), Matrix(11, 1, name: "n2"))
                + Linear(Gelu(Linear(x, Matrix(64, 7, name: "w1"))), Matrix(11, 64, name: "w2")))),
            ("LargeNumbers", () => Widths(x => Linear(x + Tanh(Relu(x) * 1e30 * 1e30), Matrix(11, 7, name: "o")))),
            ("TwoMinuses", () => Widths(x => -(-Linear(x - -(-0.5 * -(-Tanh(x))), Matrix(11, 7, name: "o"))))),
            ("LateTwins", () => Widths(x =>
            {
                // Products that are the same only once a slice has found what it takes.
                Parameter w = Matrix(7, 7, name: "twice");
                return Linear(x + Linear(Concat(x, Tanh(x)).Slice(0, 7), w) + Linear(x, w), Matrix(11, 7, name: "o"));
            })),
            ("LongWord", () => Widths(x => Enumerable.Range(0, 24).Aggregate(Linear(x, Matrix(11, 7, name: "o")), (y, _) => Tanh(y)))),
            ("WidthsOfVectors", () =>
                Widths(x => Linear(x, Matrix(11, 7, name: "o"), Sum(Square(Vector(7, 1, 0.5, "bias"))) * Vector(11, 1, 0.1, "scale")))),
            ("WidthsOfRows", () => Widths(x => Linear(x, Matrix(11, 7, name: "o")) * Sum(Square(x)))),
            .. from groups in new[] { (1, 7), (1, 48), (3, 5), (2, 16), (2, 24) }
               from program in new (string, Func<int, int, Program>)[] { ("Dropout", Drop), ("Vectors", Vectors) }
               select ($"{program.Item1}{groups.Item1}x{groups.Item2}", (Func<Program>)(() => program.Item2(groups.Item1, groups.Item2))),
        ];
        int[] bits = new[] { 512, 256, 128 };
        for (int i = 0; i < programs.Length; i++)
        {
            for (int k = 0; k < 3; k++)
            {
                if (IsOfOneWidth(programs[i].Name) && k != i % 3)
                {
                    continue;
                }

                // In single precision at 128 bits a group of five takes two vectors, and its mean's gradient the place of what it is
                // computed from.
                if (programs[i].Name == "Vectors3x5")
                {
                    yield return ($"{programs[i].Name}Single_{bits[k]}", programs[i].Program, Precision.Single, bits[k]);
                }

                yield return (
                    $"{programs[i].Name}_{bits[k]}", programs[i].Program, (i + k) % 2 == 0 ? Precision.Single : Precision.Double, bits[k]);
            }
        }
    }

    /// <summary>Of the rings those over the smallest and the largest window, and of long documents most shapes.</summary>
    private static bool IsOfOneWidth(string name) =>
        name.StartsWith("Ring1", StringComparison.Ordinal)
        || (name.StartsWith("Tiles", StringComparison.Ordinal) && name is not ("TilesAll4x16" or "TilesAll3x4" or "TilesEdge4x16"));

    private static Program Attend(int heads, int size, Func<Tensor, Tensor, Tensor, Tokens, int, Tensor> attention, int block = Block)
    {
        using var recording = Recording.Begin(Vocabulary, block, 0.08);
        int width = heads * size;
        Parameter table = Matrix(Vocabulary, width, name: "table");
        Tensor x = table[recording.Tokens];
        x = block == 0 ? x : x + Matrix(block, width, name: "places")[recording.Tokens.Positions];
        Tensor Product(string name, Tensor of) => Linear(of, Matrix(width, of.Channels, name: name));
        Tensor y = attention(Product("q", x), Product("k", x), Product("v", x), recording.Tokens, heads);
        return recording.Finish(Linear(Product("o", y) + x, table));
    }

    private static Program Drop(int groups, int size)
    {
        using var recording = Recording.Begin(Vocabulary, Block, 0.08);
        int width = groups * size;
        Parameter table = Matrix(Vocabulary, width, name: "table");
        Tensor x = Dropout(table[recording.Tokens], 0.1);
        Tensor y = Dropout(Linear(x, Matrix(width, width, name: "w")).Heads(groups), 0.6);
        return recording.Finish(Linear(x + (y * y).Heads(1) + Dropout(Dropout(x, 0.5), 0.5), table));
    }

    /// <summary>Two tables and two weights that read the same, and so have the same gradient.</summary>
    private static Program Twins()
    {
        using var recording = Recording.Begin(Vocabulary, Block, 0.08);
        Tensor x = Matrix(Vocabulary, 9, name: "table")[recording.Tokens] + Matrix(Vocabulary, 9, name: "table2")[recording.Tokens];
        return recording.Finish(Linear(x, Matrix(Vocabulary, 9, name: "head")) + Linear(x, Matrix(Vocabulary, 9, name: "head2")));
    }

    /// <summary>
    /// Reductions one after the other over more panels than are written out: as many passes over a row, and a last panel in each.
    /// </summary>
    private static Program ManyPasses()
    {
        using var recording = Recording.Begin(Vocabulary, Block, 0.08);
        Parameter table = Matrix(Vocabulary, 149, name: "table");
        Tensor x = Linear(table[recording.Tokens], Matrix(149, 149, name: "w"));
        for (int i = 0; i < 7; i++)
        {
            x = Tanh(x - Mean(Square(x)));
        }

        return recording.Finish(Linear(x, table));
    }

    /// <summary>A value of one channel that comes from channels of one width and goes to those of another.</summary>
    private static Program Widths(Func<Tensor, Tensor> wider)
    {
        using var recording = Recording.Begin(Vocabulary, Block, 0.08);
        Parameter table = Matrix(Vocabulary, 7, name: "table");
        return recording.Finish(Linear(wider(Linear(table[recording.Tokens], Matrix(7, 7, name: "w"))).Slice(0, 7), table));
    }

    /// <summary>Vectors seen as groups: alone, reduced, normalised, cut, and against rows.</summary>
    private static Program Vectors(int groups, int size)
    {
        using var recording = Recording.Begin(Vocabulary, Block, 0.08);
        int width = groups * size;
        Parameter table = Matrix(Vocabulary, width, name: "table");
        Tensor Gain(string name) => Vector(width, 1, 0.5, name);
        Tensor x = Linear(table[recording.Tokens], Matrix(width, width, name: "w"));
        Tensor y = x.Heads(groups) * Gain("whole").Heads(groups) + Mean(Gain("mean").Heads(groups)) * RmsNorm(Gain("norm").Heads(groups));
        y = y.Heads(1) + x * Softmax(Gain("softmax").Heads(groups)).Heads(1)
            + x * Concat(Gain("cut").Heads(groups).Slice(1, size), Gain("rest").Heads(groups).Slice(0, 1)).Heads(1);
        return recording.Finish(Linear(y + Gain("named").Heads(groups).Heads(1), table, Sum(Square(Gain("bias").Heads(groups)))
            .Heads(1).Slice(0, 1) * Vector(Vocabulary, 1, 0.1, "scale")));
    }

    private static Program Turn(int heads, int size, bool interleaved)
    {
        using var recording = Recording.Begin(Vocabulary, Block, 0.08);
        int width = heads * size;
        Parameter table = Matrix(Vocabulary, width, name: "table");
        Tensor x = Rope(Linear(table[recording.Tokens], Matrix(width, width, name: "w")), recording.Tokens, heads, theta: 100, interleaved);
        return recording.Finish(Linear((x * x) + x, table));
    }

    /// <summary>A head that does not fill its panels, turned into memory in which values of another attention lay, and scored.</summary>
    private static Program TurnInUsedMemory()
    {
        using var recording = Recording.Begin(Vocabulary, Block, 0.08);
        Tokens tokens = recording.Tokens;
        Parameter table = Matrix(Vocabulary, 24, name: "table");
        Tensor x = table[tokens];
        Tensor Product(string name, int channels) => Linear(x, Matrix(channels, 24, name: name));
        Tensor y = Attention(Rope(Product("q", 24), tokens, 4), Rope(Product("k", 12), tokens, 2), Product("v", 10), tokens, 4, 2);
        x += Linear(y, Matrix(24, 20, name: "o"));
        Tensor turned = Rope(x, tokens, 1, interleaved: true);
        return recording.Finish(Linear(x + Attention(turned, turned, x, tokens, 1), table));
    }
}

/// <summary>Variants of attention and of rotary positions: compiled code against the interpreter, at every vector width.</summary>
public sealed class LanguageModelTests(LanguageModels models) : IClassFixture<LanguageModels>
{
    public static TheoryData<string> Names => new(LanguageModels.All.Keys);

    /// <summary>Documents longer than a window, than a panel of keys, and of one token.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void ComputesWhatTheInterpreterComputes(string name)
    {
        using ICompiledModel model = models.Create(name);
        ProgramTests.Check(name, LanguageModels.All[name].Plan.Value, model, [5, 37, 1, 20]);
    }

    public static TheoryData<string> Long => new(LanguageModels.All.Keys.Where(name =>
        new[] { "Tiles", "TwoPanels", "Ring70" }.Any(start => name.StartsWith(start, StringComparison.Ordinal))));

    /// <summary>Documents that end where blocks of queries or of keys do, before, and after.</summary>
    [Theory]
    [MemberData(nameof(Long))]
    public void ComputesLongDocumentsAsTheInterpreterDoes(string name)
    {
        CompiledModel compiled = LanguageModels.All[name].Plan.Value;
        using ICompiledModel model = models.Create(name);
        var random = new Random(7);
        double[] parameters = Oracle.RandomParameters(random, compiled);
        model.LoadParameters(parameters);
        double tolerance = compiled.Spec.Precision == Precision.Double ? 1e-12 : 1e-4;
        int longest = compiled.Spec.BlockSize == 0 ? 170 : compiled.Spec.BlockSize;
        foreach (int[] lengths in (int[][])[[longest], [longest - 1, 16], [63, 1, 17], [64, 33, 65], [80, 31, 2]])
        {
            TestBatch batch = TestBatch.Random(random, compiled.Spec, lengths);
            (double loss, double[] expected) = Oracle.Gradient(compiled, Oracle.NewEvaluation(compiled, batch, parameters));
            double[] gradient = new double[expected.Length];
            UsedMemory.Fill(model);
            double[] losses = [model.Loss(batch.Batch), model.Gradient(batch.Batch, gradient)];
            Closeness.AssertClose([loss, loss], losses, tolerance, $"{name}, {longest}: loss");
            Closeness.AssertClose(expected, gradient, tolerance, $"{name}, {string.Join(' ', lengths)}: gradient");
            model.Threads = 2;
            double[] again = new double[expected.Length];
            UsedMemory.Fill(model);
            model.Gradient(batch.Batch, again);
            Assert.Equal(gradient, again);
            model.Threads = 1;
        }
    }

    /// <summary>Also after a longer batch, of which nothing may be seen.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void ShowsTheWeightsThatTheInterpreterHas(string name)
    {
        CompiledModel compiled = LanguageModels.All[name].Plan.Value;
        if (compiled.Attentions.Length == 0)
        {
            return;
        }

        using ICompiledModel model = models.Create(name);
        var random = new Random(4);
        double[] parameters = Oracle.RandomParameters(random, compiled);
        model.LoadParameters(parameters);
        model.Loss(TestBatch.Random(random, compiled.Spec, 36, 27).Batch);
        TestBatch batch = TestBatch.Random(random, compiled.Spec, 23, 1, 7);
        model.Loss(batch.Batch);
        Graph forward = compiled.After("Build");
        Node node = forward.Nodes.First(n => n.Op is Attention);
        var (op, heads) = ((Attention)node.Op, node.Inputs[0].Shape.Inner.Groups);
        Evaluation run = Oracle.NewEvaluation(compiled, batch, parameters);
        double[] weights = Interpreter.Evaluate(forward, run)[node][1];
        int columns = compiled.Spec.BlockSize == 0 ? batch.Tokens.Length : compiled.Spec.BlockSize;
        for (int head = 0; head < heads; head++)
        {
            double[] expected = new double[batch.Tokens.Length * columns], actual = [.. expected.Select(_ => double.NaN)];
            for (int row = 0; row < batch.Tokens.Length; row++)
            {
                int position = row - run.SegmentStart(row), first = Math.Max(0, position - (op.Window ?? int.MaxValue - 1) + 1);
                for (int key = first; key <= position; key++)
                {
                    expected[(row * columns) + key] = weights[(((row * op.BlockSize) + key - first) * heads) + head];
                }
            }

            model.CopyAttentionTo(0, head, actual);
            Closeness.AssertClose(
                expected, actual, compiled.Spec.Precision == Precision.Double ? 1e-12 : 1e-4, $"{name}: weights of head {head}");
        }
    }

    [Fact]
    public void ARingForgetsWhatAWindowDoesNotSee()
    {
        using ICompiledModel model = models.Create("Ring5Of3x4_256");
        double[] logits = new double[11];
        for (int position = 0; position < 9; position++)
        {
            model.Decode(position, position, logits);
        }

        model.Decode(8, 8, logits);
        Assert.Throws<ArgumentOutOfRangeException>(() => model.Decode(7, 7, logits));
        Assert.Throws<ArgumentOutOfRangeException>(() => model.Decode(9, 10, logits));
        model.Decode(0, 0, logits);
        model.Decode(1, 1, logits);
        model.Decode(2, 2, logits);
        model.Decode(1, 1, logits);
    }

    /// <summary>A prompt that goes round a ring several times, beside one that does not fill it.</summary>
    [Theory]
    [InlineData("Ring5Of3x4_256")]
    [InlineData("Ring5Of2x24_512")]
    public void APromptLongerThanARingIsDecodedAtOnce(string name)
    {
        CompiledModel compiled = LanguageModels.All[name].Plan.Value;
        using ICompiledModel model = models.Create(name);
        var random = new Random(6);
        model.LoadParameters(Oracle.RandomParameters(random, compiled));
        using IModelSession session = model.OpenSession();
        foreach (int length in (int[])[1, 4, 5, 6, 10, 33, 300])
        {
            int[] tokens = TestBatch.Random(random, compiled.Spec, length + 7).Tokens;
            double[] expected = new double[LanguageModels.Vocabulary], actual = new double[LanguageModels.Vocabulary];
            session.Prefill(tokens.AsSpan(0, length));
            for (int position = 0; position < tokens.Length; position++)
            {
                model.Decode(tokens[position], position, expected);
                if (position >= length)
                {
                    session.Decode(tokens[position], position, actual);
                    Closeness.AssertClose(
                        expected, actual, compiled.Spec.Precision == Precision.Double ? 1e-12 : 1e-4,
                        $"{name}: position {position} after {length} at once");
                }
            }
        }
    }

    /// <summary>Scores in the thousands, whose exponentials are beyond any number.</summary>
    [Theory]
    [InlineData("Scale3x4_512")]
    [InlineData("Scale3x4_256")]
    [InlineData("Scale3x4_128")]
    [InlineData("Window4x16_512")]
    [InlineData("Window4x16_256")]
    [InlineData("Window4x16_128")]
    [InlineData("Scale2x24_512")]
    [InlineData("Scale2x24_256")]
    [InlineData("Scale1x40_128")]
    [InlineData("TilesAll4x16_512")]
    [InlineData("TilesAll4x16_256")]
    [InlineData("TilesAll3x4_128")]
    [InlineData("TwoPanelsOf2x4_512")]
    [InlineData("TwoPanelsOf2x4_256")]
    [InlineData("TwoPanelsOf1x24_128")]
    public void LargeScoresOverflowNothing(string name)
    {
        CompiledModel compiled = LanguageModels.All[name].Plan.Value;
        using ICompiledModel model = models.Create(name);
        var random = new Random(5);
        double[] parameters = Oracle.RandomParameters(random, compiled);
        foreach (ParameterInfo parameter in model.Description.Parameters.Where(p => p.Name is "q" or "k"))
        {
            foreach (ref double weight in parameters.AsSpan(parameter.Offset, parameter.Count))
            {
                weight *= 32;
            }
        }

        model.LoadParameters(parameters);
        TestBatch batch = TestBatch.Random(random, compiled.Spec, 20, 7);
        (double loss, double[] expected) = Oracle.Gradient(compiled, Oracle.NewEvaluation(compiled, batch, parameters));
        double[] gradient = new double[expected.Length];
        double tolerance = compiled.Spec.Precision == Precision.Double ? 1e-9 : 0.02;
        Closeness.AssertClose([loss], [model.Gradient(batch.Batch, gradient)], tolerance, name + ": loss");
        Closeness.AssertClose(expected, gradient, tolerance, name + ": gradient");
        double[] logits = new double[LanguageModels.Vocabulary];
        for (int row = 0; row < 20; row++)
        {
            model.Decode(batch.Tokens[row], row, logits);
            Assert.All(logits, logit => Assert.True(double.IsFinite(logit)));
        }
    }
}
