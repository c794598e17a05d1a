namespace MicroGpt.Generator.Tests.Language;

using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Language;
using MicroGpt.Generator.Passes;
using Xunit;
using Eager = MicroGpt.Functions;
using EagerParameter = MicroGpt.Parameter;
using EagerTensor = MicroGpt.Tensor;
using EagerTokens = MicroGpt.Tokens;
using LanguageException = MicroGpt.Generator.Language.LanguageException;
using Parameter = MicroGpt.Generator.Language.Parameter;
using Program = MicroGpt.Generator.Graph.Program;
using Tensor = MicroGpt.Generator.Language.Tensor;
using Tokens = MicroGpt.Generator.Language.Tokens;
using Twin = MicroGpt.Generator.Language.Functions;

/// <summary>
/// Random forward passes made of everything that the language has, once run eagerly and once recorded and evaluated by the
/// interpreter: the same loss, the same gradient, and where a step is a mistake the same message.
/// </summary>
public sealed class RandomProgramTests
{
    private const int Vocabulary = 5, Block = 6, Steps = 14, Widest = 24;

    private static readonly int[] Lengths = [4, 1, 6];

    /// <summary>The language in one of its two meanings.</summary>
    private sealed record Meaning<TTensor, TParameter, TTokens>(
        Func<TTensor, TTensor>[] Unary,
        Func<TTensor, TTensor, TTensor>[] Binary,
        Func<TTensor, int, TTensor> Heads,
        Func<TTensor, int, int, TTensor> Slice,
        Func<TTensor, TTensor, TParameter, TTensor> Linear,
        Func<TTensor, TTokens, int, bool, TTensor> Rope,
        Func<TTensor, TTensor, TTensor, TTokens, int, int, int, TTensor> Attention);

    private static readonly Meaning<EagerTensor, EagerParameter, EagerTokens> Run = new(
        [
            x => Eager.Exp(0.3 * x), x => Eager.Log(Eager.Square(x) + 0.5), x => Eager.Sqrt(Eager.Square(x) + 0.5),
            x => Eager.Rsqrt(0.5 + Eager.Square(x)), Eager.Abs, Eager.Tanh, Eager.Sigmoid, Eager.Erf, Eager.Relu, Eager.Silu, Eager.Gelu,
            Eager.GeluTanh, x => Eager.Clamp(x, -0.5, 0.6), x => Eager.Max(x, 0.1), x => Eager.Min(0.2, x), x => x * Eager.Detach(x),
            Eager.Sum, Eager.Mean, Eager.Largest, Eager.Softmax, x => Eager.RmsNorm(x), x => Eager.LayerNorm(x), x => -x,
            x => 1 / (Eager.Square(x) + 2), x => (x - 0.3) / 2, x => 2 - x, x => Eager.Dropout(x, 0.3),
        ],
        [
            (a, b) => a + b, (a, b) => a - b, (a, b) => a * b, (a, b) => a / (Eager.Square(b) + 1), Eager.Max, Eager.Min,
            (a, b) => Eager.Concat(a, b), (a, b) => Eager.RmsNorm(a, b), (a, b) => Eager.LayerNorm(a, b, b),
        ],
        (x, n) => x.Heads(n),
        (x, from, to) => x[from..to],
        (x, bias, w) => Eager.Linear(x, w, bias),
        (x, tokens, heads, interleaved) => Eager.Rope(x, tokens, heads, 50, interleaved),
        (q, k, v, tokens, heads, keyHeads, variant) => Eager.Attention(
            q, k, v, tokens, heads, keyHeads, variant % 2 == 0 ? null : 0.8, variant % 3 == 0 ? null : 3, variant % 5 == 0 ? 0.9 : null));

    private static readonly Meaning<Tensor, Parameter, Tokens> Recorded = new(
        [
            x => Twin.Exp(0.3 * x), x => Twin.Log(Twin.Square(x) + 0.5), x => Twin.Sqrt(Twin.Square(x) + 0.5),
            x => Twin.Rsqrt(0.5 + Twin.Square(x)), Twin.Abs, Twin.Tanh, Twin.Sigmoid, Twin.Erf, Twin.Relu, Twin.Silu, Twin.Gelu,
            Twin.GeluTanh, x => Twin.Clamp(x, -0.5, 0.6), x => Twin.Max(x, 0.1), x => Twin.Min(0.2, x), x => x * Twin.Detach(x), Twin.Sum,
            Twin.Mean, Twin.Largest, Twin.Softmax, x => Twin.RmsNorm(x), x => Twin.LayerNorm(x), x => -x, x => 1 / (Twin.Square(x) + 2),
            x => (x - 0.3) / 2, x => 2 - x, x => Twin.Dropout(x, 0.3),
        ],
        [
            (a, b) => a + b, (a, b) => a - b, (a, b) => a * b, (a, b) => a / (Twin.Square(b) + 1), Twin.Max, Twin.Min,
            (a, b) => Twin.Concat(a, b), (a, b) => Twin.RmsNorm(a, b), (a, b) => Twin.LayerNorm(a, b, b),
        ],
        (x, n) => x.Heads(n),
        (x, from, to) => x.Slice(from, to),
        (x, bias, w) => Twin.Linear(x, w, bias),
        (x, tokens, heads, interleaved) => Twin.Rope(x, tokens, heads, 50, interleaved),
        (q, k, v, tokens, heads, keyHeads, variant) => Twin.Attention(
            q, k, v, tokens, heads, keyHeads, variant % 2 == 0 ? null : 0.8, variant % 3 == 0 ? null : 3, variant % 5 == 0 ? 0.9 : null));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void BothMeaningsAgree(int seed)
    {
        var random = new Random(seed);
        int mistakes = 0;
        for (int i = 0; i < 25; i++)
        {
            mistakes += Compare(random.Next());
        }

        Assert.InRange(mistakes, 10, 25 * Steps * 3 / 4);
    }

    private static int Compare(int seed)
    {
        var random = new Random(seed);
        (string Name, int Rows, int Columns)[] shapes =
        [
            ("table", Vocabulary, 6), ("places", Block, 6), ("m66", 6, 6), ("m86", 8, 6), ("m68", 6, 8), ("v1", 0, 1), ("v2", 0, 2),
            ("v3", 0, 3), ("v6", 0, 6), .. Enumerable.Range(1, Widest).Select(c => ("head" + c, Vocabulary, c)),
        ];
        EagerParameter[] eagerParameters = [];
        using var recording = Recording.Begin(Vocabulary, Block, 0.1);
        Parameter[] parameters =
            [.. shapes.Select(s => s.Rows == 0 ? Twin.Vector(s.Columns, name: s.Name) : Twin.Matrix(s.Rows, s.Columns, name: s.Name))];
        int mistakes = 0;
        Program? program = null;

        EagerTensor Forward(EagerTokens eagerTokens)
        {
            var (result, recorded, wrong) = Walk(random, eagerParameters, parameters, eagerTokens, recording.Tokens);
            program ??= recording.Finish(recorded);
            mistakes = wrong;
            return result;
        }

        var model = new EagerModel(
            () =>
            {
                eagerParameters = [.. shapes.Select(
                    s => s.Rows == 0
                        ? Eager.Vector(s.Columns, name: s.Name, field: "f") : Eager.Matrix(s.Rows, s.Columns, name: s.Name, field: "f"))];
                return Forward;
            },
            Vocabulary,
            Block);
        double[] values = new double[model.ParameterCount];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = random.NextDouble() - 0.5;
        }

        model.LoadParameters(values);
        int rows = Lengths.Sum();
        int[] Draw() => [.. Enumerable.Range(0, rows).Select(_ => random.Next(Vocabulary))];
        int[] tokens = Draw(), targets = Draw(), starts = [0, 4, 5, 11];
        double[] expected = new double[values.Length];
        double loss = model.Gradient(new Batch(tokens, targets, starts), expected, new MicroGpt.DropoutDraw(9, 2, 30));

        var offsets = model.Parameters.ToDictionary(p => p.Name, p => (p.Offset, p.Count));
        var run = new Evaluation(
            tokens, targets, starts, 0, offsets.ToDictionary(p => p.Key, p => values.AsSpan(p.Value.Offset, p.Value.Count).ToArray()))
        {
            Dropout = new Generator.Graph.DropoutDraw(9, 2, 30),
        };
        ForwardGraph forward = program!.ToGraph();
        Node[] read = [.. forward.Parameters.Where(p => forward.Builder.Nodes.Any(n => n.Inputs.Contains(p)))];
        Node[] depended = [.. read.Where(p => DependsOn(forward.Loss, p))];
        var gradients = Differentiate.Run(forward.Builder, depended, forward.Loss);
        var graph = new Graph([.. forward.Builder.Nodes], [forward.Loss, .. gradients.Select(g => g.Gradient)])
        {
            Parameters = [.. depended], Loss = forward.Loss,
        };
        foreach (Graph each in new[] { graph, Simplify.Run(graph) })
        {
            Verifier.Verify(each);
            var results = Interpreter.Evaluate(each, run);
            string text = GraphPrinter.Print(each);
            AssertClose(loss, results[each.Outputs[0]][0][0], $"seed {seed}: loss\n{text}");
            foreach (var (parameter, gradient) in depended.Zip(each.Outputs.Skip(1)))
            {
                (int offset, int count) = offsets[parameter.Name];
                for (int i = 0; i < count; i++)
                {
                    AssertClose(expected[offset + i], results[gradient][0][i], $"seed {seed}: {gradient.Name}[{i}]\n{text}");
                }
            }
        }

        return mistakes;
    }

    /// <summary>The same steps in both meanings.</summary>
    private static (EagerTensor Result, Tensor Recorded, int Mistakes) Walk(
        Random random, EagerParameter[] eagerParameters, Parameter[] parameters, EagerTokens eagerTokens, Tokens tokens)
    {
        List<EagerTensor> eager = [eagerParameters[0][eagerTokens], eagerParameters[1][eagerTokens.Positions], .. eagerParameters[5..9]];
        List<Tensor> twins = [parameters[0][tokens], parameters[1][tokens.Positions], .. parameters[5..9]];
        int mistakes = 0;
        for (int step = 0; step < Steps; step++)
        {
            int a = Pick(), b = Pick(), c = Pick(), which = random.Next(100), choice = random.Next(1000), matrix = 2 + random.Next(3);
            int[] sizes = [1, 2, 3, 4];
            int heads = sizes[choice % 4], keyHeads = sizes[choice / 4 % 4];
            bool Do(Func<EagerTensor> run, Func<Tensor> record)
            {
                string? message = null;
                Tensor? twin = null;
                try
                {
                    twin = record();
                }
                catch (LanguageException e)
                {
                    message = e.Message;
                }

                if (message is not null)
                {
                    Assert.Equal(message, Assert.Throws<MicroGpt.LanguageException>(run).Message);
                    return false;
                }

                EagerTensor value = run();
                Assert.Equal(value.ToString(), Recording.Describe(twin!));
                if (twin!.Channels <= Widest)
                {
                    eager.Add(value);
                    twins.Add(twin);
                }

                return true;
            }

            bool fits = which switch
            {
                < 35 => Do(() => Run.Unary[choice % Run.Unary.Length](eager[a]), () => Recorded.Unary[choice % Run.Unary.Length](twins[a])),
                < 65 => Do(
                    () => Run.Binary[choice % Run.Binary.Length](eager[a], eager[b]),
                    () => Recorded.Binary[choice % Run.Binary.Length](twins[a], twins[b])),
                < 75 => Do(() => Run.Heads(eager[a], heads), () => Recorded.Heads(twins[a], heads)),
                < 82 => Do(() => Run.Slice(eager[a], heads - 1, keyHeads + 1), () => Recorded.Slice(twins[a], heads - 1, keyHeads + 1)),
                < 88 => Do(
                    () => Run.Linear(eager[a], eager[b], eagerParameters[matrix]),
                    () => Recorded.Linear(twins[a], twins[b], parameters[matrix])),
                < 92 => Do(
                    () => Run.Rope(eager[a], eagerTokens, heads, choice % 2 == 0),
                    () => Recorded.Rope(twins[a], tokens, heads, choice % 2 == 0)),
                _ => Do(
                    () => Run.Attention(eager[a], eager[b], eager[c], eagerTokens, heads, keyHeads, choice),
                    () => Recorded.Attention(twins[a], twins[b], twins[c], tokens, heads, keyHeads, choice)),
            };
            mistakes += fits ? 0 : 1;
        }

        // The last values that are rows, bounded and side by side.
        int last = twins.FindLastIndex(t => t.Node.Shape.Kind == ShapeKind.Rows);
        EagerTensor x = Eager.Tanh(eager[last].Heads(1) + Eager.Sum(eager[0]));
        Tensor y = Twin.Tanh(twins[last].Heads(1) + Twin.Sum(twins[0]));
        return (Eager.Linear(x, eagerParameters[8 + y.Channels]), Twin.Linear(y, parameters[8 + y.Channels]), mistakes);

        int Pick() => random.Next(3) == 0 ? random.Next(twins.Count) : twins.Count - 1 - random.Next(Math.Min(3, twins.Count));
    }

    private static bool DependsOn(Node node, Node parameter)
    {
        var seen = new HashSet<Node>();
        bool Visit(Node each) => each == parameter || (each.Op is not Generator.Ops.Detach && seen.Add(each) && each.Inputs.Any(Visit));
        return Visit(node);
    }

    private static void AssertClose(double expected, double actual, string what) => Assert.True(
        Math.Abs(expected - actual) <= 1e-12 * Math.Max(1, Math.Abs(expected)),
        FormattableString.Invariant($"{actual:R} is not {expected:R}: {what}"));
}
