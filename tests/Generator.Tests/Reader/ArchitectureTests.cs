using Xunit;

namespace MicroGpt.Generator.Tests.Reader;

public sealed class ArchitectureTests
{
    internal const string Gpt = """
        [Model(VocabSize = 27, BlockSize = 16)]
        public sealed partial class Small
        {
            private const int Width = 32, Heads = 4;

            private readonly Parameter wte = Matrix(27, Width), wpe = Matrix(16, Width);
            private readonly Block[] h = Layers<Block>(2);
            private readonly Norm ln_f = new(Width);

            public Tensor Forward(Tokens tokens)
            {
                Tensor x = wte[tokens] + wpe[tokens.Positions];
                foreach (Block block in h)
                {
                    x = block.Forward(x, tokens);
                }

                return Linear(ln_f.Forward(x), wte);
            }

            private sealed class Norm(int width)
            {
                private readonly Parameter weight = Vector(width, 1), bias = Vector(width);

                public Tensor Forward(Tensor x) => LayerNorm(x, weight, bias);
            }

            private sealed class Dense(int inputs, int outputs)
            {
                private readonly Parameter weight = Matrix(outputs, inputs), bias = Vector(outputs);

                public Tensor Forward(Tensor x) => Linear(x, weight, bias);
            }

            private sealed class SelfAttention
            {
                private readonly Dense c_attn = new(Width, 3 * Width), c_proj = new(Width, Width);

                public Tensor Forward(Tensor x, Tokens tokens)
                {
                    Tensor qkv = c_attn.Forward(x);
                    return c_proj.Forward(Attention(qkv[..Width], qkv[Width..(2 * Width)], qkv[(2 * Width)..], tokens, Heads));
                }
            }

            private sealed class Mlp
            {
                private readonly Dense c_fc = new(Width, 4 * Width), c_proj = new(4 * Width, Width);

                public Tensor Forward(Tensor x) => c_proj.Forward(GeluTanh(c_fc.Forward(x)));
            }

            private sealed class Block
            {
                private readonly Norm ln_1 = new(Width);
                private readonly SelfAttention attn = new();
                private readonly Norm ln_2 = new(Width);
                private readonly Mlp mlp = new();

                public Tensor Forward(Tensor x, Tokens tokens)
                {
                    x += attn.Forward(ln_1.Forward(x), tokens);
                    return x + mlp.Forward(ln_2.Forward(x));
                }
            }
        }
        """;

    [Fact]
    public void NamesAndOrderOfAGpt()
    {
        Graph.Program program = Agreement.Assert(Gpt);

        Assert.Equal(
            "wte, wpe, h.0.ln_1.weight, h.0.ln_1.bias, h.0.attn.c_attn.weight, h.0.attn.c_attn.bias, h.0.attn.c_proj.weight, "
                + "h.0.attn.c_proj.bias, h.0.ln_2.weight, h.0.ln_2.bias, h.0.mlp.c_fc.weight",
            string.Join(", ", program.Parameters.Take(11).Select(p => p.Name)));
        Assert.Equal("ln_f.bias", program.Parameters[program.Parameters.Count - 1].Name);
    }

    /// <summary>The same program as when the language is called by hand.</summary>
    [Fact]
    public void AGptIsWhatItSays() => Assert.Equal(
        Operations(Language.KnownArchitectures.Gpt2(27, 16, 32, 4, 2)), Operations(ReadModel.Accepts(Gpt)));

    [Fact]
    public void NamesGivenReplaceTheLastPart() => Assert.Equal(
        "tok_embeddings.weight, layers.0.attention_norm.weight, layers.0.attention.wq.weight",
        string.Join(", ", Agreement.Assert(Llama).Parameters.Take(3).Select(p => p.Name)));

    /// <summary>A model of 124 million parameters: reading it may not be felt while typing.</summary>
    [Fact]
    public void ReadingALargeModelIsQuick()
    {
        string source = LargeGpt(layers: 12);
        Graph.Program program = ReadModel.Accepts(source);
        Assert.Equal(124_439_808, program.Parameters.Sum(p => p.Shape.Elements));

        double fastest = double.PositiveInfinity;
        for (int i = 0; i < 10; i++)
        {
            Microsoft.CodeAnalysis.CSharp.CSharpCompilation fresh = ReadModel.Compile(source);
            Assert.Empty(fresh.GetDeclarationDiagnostics().Where(d => d.Severity == Microsoft.CodeAnalysis.DiagnosticSeverity.Error));
            var watch = System.Diagnostics.Stopwatch.StartNew();
            Assert.NotNull(ReadModel.Read(fresh).Program);
            fastest = Math.Min(fastest, watch.Elapsed.TotalMilliseconds);
        }

        // 70 ms on a busy machine; the bound leaves room for one that is busier still.
        Assert.True(fastest < 1000, FormattableString.Invariant($"{fastest:F0} ms"));
    }

    /// <summary>At the size of GPT-2.</summary>
    internal static string LargeGpt(int layers) => Gpt
        .Replace("Matrix(27,", "Matrix(50257,").Replace("Matrix(16,", "Matrix(1024,")
        .Replace("VocabSize = 27, BlockSize = 16", "VocabSize = 50257, BlockSize = 1024")
        .Replace("Width = 32, Heads = 4", "Width = 768, Heads = 12").Replace("Layers<Block>(2)", $"Layers<Block>({layers})");

    private static IEnumerable<string> Operations(Graph.Program program) =>
        program.Operations.Select(o => o.Op + "(" + string.Join(", ", o.Inputs) + ")");

    internal const string Llama = """
        [Model(VocabSize = 27, BlockSize = 16)]
        public sealed partial class Small() : Llama(width: 16, heads: 4, layers: 2);

        public class Llama(int width, int heads, int layers)
        {
            private readonly Parameter tok_embeddings = Matrix(27, width, name: "tok_embeddings.weight");
            private readonly Block[] layers = Layers(layers, i => new Block(width, heads));
            private readonly Parameter norm = Vector(width, 1, name: "norm.weight"), output = Matrix(27, width, name: "output.weight");

            public Tensor Forward(Tokens tokens)
            {
                Tensor x = tok_embeddings[tokens];
                foreach (Block layer in layers)
                {
                    x = layer.Forward(x, tokens);
                }

                return Linear(RmsNorm(x, norm), output);
            }

            private sealed class Block(int width, int heads)
            {
                private readonly Parameter attention_norm = Vector(width, 1, name: "attention_norm.weight");
                private readonly Parameter wq = Matrix(width, width, name: "attention.wq.weight"), wk = Matrix(width / 2, width, name: "attention.wk.weight");
                private readonly Parameter wv = Matrix(width / 2, width, name: "attention.wv.weight"), wo = Matrix(width, width, name: "attention.wo.weight");
                private readonly Parameter ffn_norm = Vector(width, 1, name: "ffn_norm.weight");
                private readonly Parameter w1 = Matrix(24, width, name: "feed_forward.w1.weight"), w3 = Matrix(24, width, name: "feed_forward.w3.weight");
                private readonly Parameter w2 = Matrix(width, 24, name: "feed_forward.w2.weight");

                public Tensor Forward(Tensor x, Tokens tokens)
                {
                    Tensor n = RmsNorm(x, attention_norm);
                    Tensor q = Rope(Linear(n, wq), tokens, heads);
                    Tensor k = Rope(Linear(n, wk), tokens, heads / 2);
                    x += Linear(Attention(q, k, Linear(n, wv), tokens, heads, heads / 2), wo);
                    Tensor m = RmsNorm(x, ffn_norm);
                    return x + Linear(Silu(Linear(m, w1)) * Linear(m, w3), w2);
                }
            }
        }
        """;
}
