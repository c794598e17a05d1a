namespace MicroGpt.Generator.Tests.Emit;

using System.Runtime.Loader;
using MicroGpt.Generator.Language;
using MicroGpt.Generator.Spec;
using MicroGpt.Generator.Targets.Cpu;
using MicroGpt.Generator.Targets.Cpu.Lowering;
using static MicroGpt.Generator.Language.Functions;
using Xunit;
using Parameter = MicroGpt.Generator.Language.Parameter;
using Program = MicroGpt.Generator.Graph.Program;

/// <summary>Models written in the language, compiled into one assembly, each for one width of vectors.</summary>
public sealed class LanguageModels : IDisposable
{
    private const int Vocabulary = 11, Block = 37;

    private readonly AssemblyLoadContext _context = new("LanguageModels", isCollectible: true);
    private readonly Dictionary<string, Type> _types;

    public LanguageModels()
    {
        CompiledModel[] plans = [.. All.Values.Select(m => m.Plan.Value)];
        using var image = new MemoryStream(InMemoryBuild.Compile(
            [.. plans.Select(p => p.Spec)],
            [
                .. All.Values.SelectMany(m => CpuTarget.Print(m.Plan.Value).Select(f => f with
                {
                    Text = f.Text.Replace("VectorSupport.PreferredBits", $"int.Parse(\"{m.Bits}\")", StringComparison.Ordinal),
                })),
                .. new[] { Precision.Single, Precision.Double }.SelectMany(precision => CpuTarget.Print(
                    precision, [.. plans.Where(p => p.Spec.Precision == precision).SelectMany(p => p.Kernels).Distinct().OrderBy(k => k.Name, StringComparer.Ordinal)])),
            ]));
        var assembly = _context.LoadFromStream(image);
        _types = plans.ToDictionary(p => p.Spec.Name, p => assembly.GetType("Tests." + p.Spec.Name, throwOnError: true)!);
    }

    internal static IReadOnlyDictionary<string, (Lazy<CompiledModel> Plan, int Bits)> All { get; } = Make().ToDictionary(
        m => m.Name,
        m => (new Lazy<CompiledModel>(() => ModelCompiler.Plan(
            new ModelSpec { Namespace = "Tests", Name = m.Name, Precision = m.Precision, Optimizer = Optimizer.Sgd, NEmbd = 24 }, m.Program())), m.Bits));

    internal ICompiledModel Create(string name) => (ICompiledModel)Activator.CreateInstance(_types[name], 120)!;

    public void Dispose() => _context.Unload();

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
               select ($"{variant.Item1}{heads.Item1}x{heads.Item2}", (Func<Program>)(() => Attend(heads.Item1, heads.Item2, variant.Item2))),
            .. from heads in new[] { (2, 6), (4, 8), (2, 16), (2, 24), (1, 64), (3, 10) }
               from interleaved in new[] { false, true }
               select ($"Rope{(interleaved ? "I" : "")}{heads.Item1}x{heads.Item2}", (Func<Program>)(() => Turn(heads.Item1, heads.Item2, interleaved))),
            .. from groups in new[] { (1, 7), (1, 48), (3, 5), (2, 16), (2, 24) }
               select ($"Dropout{groups.Item1}x{groups.Item2}", (Func<Program>)(() => Drop(groups.Item1, groups.Item2))),
        ];
        var bits = new[] { 512, 256, 128 };
        for (var i = 0; i < programs.Length; i++)
        {
            for (var k = 0; k < 3; k++)
            {
                yield return ($"{programs[i].Name}_{bits[k]}", programs[i].Program, (i + k) % 2 == 0 ? Precision.Single : Precision.Double, bits[k]);
            }
        }
    }

    private static Program Attend(int heads, int size, Func<Tensor, Tensor, Tensor, Tokens, int, Tensor> attention)
    {
        using var recording = Recording.Begin(Vocabulary, Block, 0.08);
        int width = heads * size;
        Parameter table = Matrix(Vocabulary, width, name: "table"), places = Matrix(Block, width, name: "places");
        Tensor x = table[recording.Tokens] + places[recording.Tokens.Positions];
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

    private static Program Turn(int heads, int size, bool interleaved)
    {
        using var recording = Recording.Begin(Vocabulary, Block, 0.08);
        int width = heads * size;
        Parameter table = Matrix(Vocabulary, width, name: "table");
        Tensor x = Rope(Linear(table[recording.Tokens], Matrix(width, width, name: "w")), recording.Tokens, heads, theta: 100, interleaved);
        return recording.Finish(Linear((x * x) + x, table));
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
}
