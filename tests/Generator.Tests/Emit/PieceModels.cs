namespace MicroGpt.Generator.Tests.Emit;

using MicroGpt.Generator.Language;
using MicroGpt.Generator.Ops;
using MicroGpt.Generator.Spec;
using MicroGpt.Generator.Targets.Cpu.Lowering;
using MicroGpt.Generator.Tests.Language;
using static MicroGpt.Generator.Language.Functions;
using Parameter = MicroGpt.Generator.Language.Parameter;
using Program = MicroGpt.Generator.Graph.Program;

/// <summary>Models whose logits may take so little that a batch comes to them in pieces of a few rows, each for one vector width.</summary>
public sealed class PieceModels : IDisposable
{
    /// <summary>Rows of a piece.</summary>
    internal const int PieceRows = 8;

    private const int Block = 30;

    private readonly LoadedModels _models = new("PieceModels", All.Values.Select(m => (m.Plan.Value, m.Bits)));

    internal static IReadOnlyDictionary<string, (Lazy<CompiledModel> Plan, int Bits)> All { get; } =
        Made().ToDictionary(m => m.Name, m => (m.Plan, m.Bits));

    internal ICompiledModel Create(string name) => _models.Create(name, rowCapacity: 60);

    public void Dispose() => _models.Dispose();

    private static (string Name, Optimizer Optimizer, Func<Program> Program)[] Programs =>
    [
        ("Plain", Optimizer.Sgd, () => Head(17, 9, (x, head) => Linear(x, head))),
        ("Moments", Optimizer.Adam, () => Head(31, 20, (x, head) => Linear(x, head))),
        ("Decay", Optimizer.AdamW, () => Head(23, 8, (x, head) => Linear(x, head))),
        ("Velocity", Optimizer.Momentum, () => Head(37, 24, (x, head) => Linear(x, head))),
        ("Softcap", Optimizer.Sgd, () => Head(19, 16, (x, head) => 3 * Tanh(Linear(x, head) / 3))),
        ("Biased", Optimizer.Adam, () => Head(29, 12, (x, head) => Linear(x, head, Vector(29, 0, 0.5, "bias")))),
        ("Normed", Optimizer.Sgd, () => Head(13, 10, (x, head) => RmsNorm(Linear(x, head)))),
        ("TwoHeads", Optimizer.Sgd, () => Head(11, 10, (x, head) =>
            Linear(x, head) * Sigmoid(Linear(x * x, Matrix(11, 10, name: "gate"))))),
        ("ByRow", Optimizer.Sgd, () => Head(29, 10, (x, head) => Linear(x, head) * Mean(Square(x)))),
        ("ByVector", Optimizer.Sgd, () => Head(19, 10, (x, head) =>
        {
            Parameter gain = Vector(10, 1, 0.5, "gain");
            return Linear(x * gain, head) * Detach(Mean(Square(gain)));
        })),
        ("Wide", Optimizer.Sgd, () => Head(4099, 9, (x, head) => Linear(x, head))),
        ("Tied", Optimizer.Sgd, Tied),
        ("Gpt2", Optimizer.Adam, () => KnownArchitectures.Gpt2(31, Block, 20, 4, 2)),
        ("Llama", Optimizer.Sgd, () => KnownArchitectures.Llama(17, Block, 24, 4, 2, 40, 2)),
    ];

    private static IEnumerable<(string Name, Lazy<CompiledModel> Plan, int Bits)> Made()
    {
        int[] bits = [512, 256, 128];
        for (int i = 0; i < Programs.Length; i++)
        {
            for (int k = 0; k < bits.Length; k++)
            {
                // What reads and writes a whole vocabulary differs by the width of vectors; what the others add does so elsewhere.
                if (k != i % bits.Length && Programs[i].Name is not ("Plain" or "Biased" or "Wide" or "Gpt2" or "Llama"))
                {
                    continue;
                }

                var (program, precision) = (Programs[i], (i + k) % 2 == 0 ? Precision.Double : Precision.Single);
                string name = $"{program.Name}_{bits[k]}";

                // Two in three with all weights in one order.
                int loneFrom = (i + (2 * k)) % 3 == 0 ? int.MaxValue : 1;
                yield return (name, new Lazy<CompiledModel>(() => Plan(program, name, precision, loneFrom)), bits[k]);
            }
        }
    }

    private static CompiledModel Plan(
        (string, Optimizer Optimizer, Func<Program> Program) model, string name, Precision precision, int loneFrom) =>
        ModelCompiler.Plan(
            new ModelSpec
            {
                Namespace = "Tests",
                Name = name,
                Precision = precision,
                Optimizer = model.Optimizer,
                NEmbd = 20,
                LogitsBytes = 1,
                LoneFrom = loneFrom,
            },
            model.Program());

    private static Program Head(int vocabulary, int width, Func<Tensor, Parameter, Tensor> head)
    {
        using var recording = Recording.Begin(vocabulary, Block, 0.08);
        Tensor x = Matrix(vocabulary, width, name: "table")[recording.Tokens]
            + Matrix(Block, width, name: "places")[recording.Tokens.Positions];
        Tensor Product(string name, Tensor of) => Linear(of, Matrix(width, width, name: name));
        Tensor y = x + Product("o", Attention(Product("q", x), Product("k", x), Product("v", x), recording.Tokens, 1));
        return recording.Finish(head(Tanh(Product("w", y)), Matrix(vocabulary, width, name: "head")));
    }

    /// <summary>The table is the last weight and read in between as well: its gradient has four terms, two of them of the pieces.</summary>
    private static Program Tied()
    {
        using var recording = Recording.Begin(17, Block, 0.08);
        Parameter table = Matrix(17, 9, name: "table");
        Tensor x = table[recording.Tokens];
        Tensor y = Linear(Linear(x, table), Matrix(9, 17, name: "back"));
        return recording.Finish(Linear(x + y, table) + 0.5 * Linear(Relu(x), table));
    }
}
