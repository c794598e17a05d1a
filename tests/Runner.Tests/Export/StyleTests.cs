using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using MicroGpt.Runner.Checkpoints;
using MicroGpt.Runner.Export.Styles;
using MicroGpt.Runner.Export.Weights;
using Xunit;

namespace MicroGpt.Runner.Tests.Export;

/// <summary>
/// Models that others load by a name and a config.json: recognised by what they compute, whatever their classes and parameters are called.
/// </summary>
public sealed class StyleTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void ALlamaHasTheNamesAndTheConfigurationOfOne()
    {
        (Dictionary<string, TensorEntry> tensors, JsonElement config) = Exported("LlamaHeadsOfSix", "llama");
        string[] ofBlock =
        [
            "input_layernorm.weight", "self_attn.q_proj.weight", "self_attn.k_proj.weight", "self_attn.v_proj.weight",
            "self_attn.o_proj.weight", "post_attention_layernorm.weight", "mlp.gate_proj.weight", "mlp.up_proj.weight",
            "mlp.down_proj.weight",
        ];
        Assert.Equal(
            ["lm_head.weight", "model.embed_tokens.weight", .. new[] { 0, 1 }
                .SelectMany(layer => ofBlock.Select(name => FormattableString.Invariant($"model.layers.{layer}.{name}")))
                .Order(StringComparer.Ordinal), "model.norm.weight"],
            tensors.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("F32 [12, 19]", tensors["model.layers.1.self_attn.k_proj.weight"].Form);
        Assert.Equal("F32 [19, 29]", tensors["model.layers.0.mlp.down_proj.weight"].Form);
        AssertConfig(config, """
            {"architectures":["LlamaForCausalLM"],"model_type":"llama","vocab_size":13,"hidden_size":19,"intermediate_size":29,"num_hidden_layers":2,
             "num_attention_heads":4,"num_key_value_heads":2,"head_dim":6,"max_position_embeddings":10,"hidden_act":"silu","rms_norm_eps":1E-05,
             "rope_theta":100,"attention_bias":false,"mlp_bias":false,"tie_word_embeddings":false,"torch_dtype":"float32","bos_token_id":4,"eos_token_id":4}
            """);
    }

    [Fact]
    public void AGpt2HasTheNamesAndTheConfigurationOfOne()
    {
        (Dictionary<string, TensorEntry> tensors, JsonElement config) = Exported("Gpt2HeadsOfFive", "gpt2");
        string[] ofBlock =
        [
            "ln_1.weight", "ln_1.bias", "ln_2.weight", "ln_2.bias", "attn.c_attn.weight", "attn.c_attn.bias", "attn.c_proj.weight",
            "attn.c_proj.bias", "mlp.c_fc.weight", "mlp.c_fc.bias", "mlp.c_proj.weight", "mlp.c_proj.bias",
        ];
        Assert.Equal(
            new[] { "transformer.wte.weight", "transformer.wpe.weight", "transformer.ln_f.weight", "transformer.ln_f.bias" }
                .Concat(new[] { 0, 1 }.SelectMany(layer =>
                    ofBlock.Select(name => FormattableString.Invariant($"transformer.h.{layer}.{name}")))).Order(StringComparer.Ordinal),
            tensors.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("F32 [15, 45]", tensors["transformer.h.0.attn.c_attn.weight"].Form);
        Assert.Equal("F32 [11, 15]", tensors["transformer.wte.weight"].Form);
        AssertConfig(config, """
            {"architectures":["GPT2LMHeadModel"],"model_type":"gpt2","vocab_size":11,"n_positions":9,"n_embd":15,"n_layer":2,"n_head":3,"n_inner":60,
             "activation_function":"gelu","layer_norm_epsilon":1E-05,"tie_word_embeddings":true,"torch_dtype":"float32","bos_token_id":4,"eos_token_id":4}
            """);
    }

    [Theory]
    [InlineData("NamesGpt", "llama", "where RMSNorm with a gain should be, it has layer0_x_out [rows, 16] = Add(")]
    [InlineData(
        "SpeedRun", "llama", "where the head, a linear layer without bias, should be, it has multiply_4 [rows, 10] = Multiply(15, tanh)")]
    [InlineData("LlamaHeadsOfSix", "gpt2", "where LayerNorm with gain and bias should be")]
    [InlineData("Gpt2HeadsOfFive", "llama", "where RMSNorm with a gain should be")]
    [InlineData("ParallelBlocks", "gpt2", "where LayerNorm with gain and bias should be")]
    public void AnotherModelIsRefusedWithWhereItDiffers(string model, string style, string problem)
    {
        ModelDescription description = ProgramModels.All.Concat(TestSpecs.CompiledModels.All)
            .First(entry => entry.Name == model).Description;
        string message =
            Assert.Throws<RunnerException>(() => ModelStyle.All.Single(known => known.Name == style).Read(description)).Message;
        Assert.StartsWith($"{model} is not of the style {style}: ", message, StringComparison.Ordinal);
        Assert.Contains(problem, message, StringComparison.Ordinal);
    }

    /// <summary>Another window, scale, base, sharing or a bias is another model, however alike the rest is.</summary>
    [Fact]
    public void WhatIsAlmostALlamaIsNone()
    {
        ModelDescription model = TestSpecs.CompiledModels.All.Single(entry => entry.Name == "LlamaHeadsOfSix").Description;
        AssertDiffers(
            "window or a soft cap", "Attention",
            node => node with { Attributes = [.. node.Attributes, new GraphAttribute("window", 3, null)] });
        AssertDiffers(
            "another scale", "Attention",
            node => node with { Attributes = [.. node.Attributes.Select(a => a.Name == "scale" ? a with { Number = 0.5 } : a)] });
        AssertDiffers("theta is 50 in one place and 100 in another", "Rope", node => node with { Attributes = [.. node.Attributes.Select(
            a => a.Name == "theta" && node.Name.Contains("q", StringComparison.Ordinal) ? a with { Number = 50 } : a)] });
        AssertDiffers("silu", "Sigmoid", node => node with { Op = "Tanh" });
        AssertDiffers("share them", "Concat", node => node with { Inputs = [node.Inputs[0], node.Inputs[0] - 2] });

        void AssertDiffers(string problem, string op, Func<GraphNode, GraphNode> change)
        {
            ModelGraph forward = model.Graphs.Forward;
            var changed = forward with { Nodes = [.. forward.Nodes.Select(node => node.Op == op ? change(node) : node)] };
            string message = Assert.Throws<RunnerException>(
                () => ModelStyle.Llama.Read(model with { Graphs = new ModelGraphs(() => changed, () => changed) })).Message;
            Assert.Contains(problem, message, StringComparison.Ordinal);
        }
    }

    /// <summary>The map beside the documentation says the names that the style finds by itself.</summary>
    [Fact]
    public void TheMapOfTheDocumentationHasTheNamesOfTheStyle()
    {
        string[] lines = [.. File.ReadAllLines(Path.Combine(Folder(), "../../../docs/maps/llama.txt")).Where(line => line[0] != '#')];
        string[] ours = [.. lines.Select(line => line.Split(' ')[0])];
        string[] all = [.. ours.SelectMany(name => new[] { 0, 1 }
            .Select(layer => name.Replace("{layer}", layer.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal))).Distinct()];
        ModelDescription model = TestSpecs.CompiledModels.All.Single(entry => entry.Name == "LlamaHeadsOfSix").Description;
        Assert.Equal(
            ModelStyle.Llama.Read(model).Places.Places.Select(place => place.Name).Order(StringComparer.Ordinal),
            NameMap.Parse(File.ReadAllText(Path.Combine(Folder(), "../../../docs/maps/llama.txt")), "map")
                .Theirs(all).Order(StringComparer.Ordinal));
    }

    private static string Folder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;

    /// <summary>Rows and columns change places; the rows of a head go from neighbours to halves; and back.</summary>
    [Fact]
    public void LayoutsOfOthersAreTurnedBack()
    {
        var parameter = new ParameterInfo("w", 8, 2, 0);
        int[] ours = [.. Enumerable.Range(0, 16)];
        AssertLayout(
            [0, 2, 4, 6, 8, 10, 12, 14, 1, 3, 5, 7, 9, 11, 13, 15], new WeightPlace(parameter, "w") { Layout = WeightLayout.Transposed });
        AssertLayout(
            [0, 1, 4, 5, 2, 3, 6, 7, 8, 9, 12, 13, 10, 11, 14, 15],
            new WeightPlace(parameter, "w") { Layout = WeightLayout.PairsApart, Heads = 2 });
        AssertLayout(
            [0, 1, 4, 5, 8, 9, 12, 13, 2, 3, 6, 7, 10, 11, 14, 15],
            new WeightPlace(parameter, "w") { Layout = WeightLayout.PairsApart, Heads = 1 });

        void AssertLayout(int[] expected, WeightPlace place)
        {
            int[] theirs = new int[16], again = new int[16];
            place.ToTheirs<int>(ours, theirs);
            Assert.Equal(expected, theirs);
            place.ToOurs<int>(theirs, again);
            Assert.Equal(ours, again);
        }
    }

    private (Dictionary<string, TensorEntry> Tensors, JsonElement Config) Exported(string model, string style)
    {
        string run = folder.File("run"),
            again = folder.File("again"), file = folder.File("model.safetensors"), data = folder.Write("data.txt", "anna\notto\n");
        Assert.Equal(
            ExitCode.Success, Run("train", "--model", model, "--data", data, "--steps", "2", "--samples", "0", "--save", run).ExitCode);
        CommandLine said = Run("export", "--checkpoint", run, "--out", file, "--style", style);
        Assert.Equal((ExitCode.Success, ""), (said.ExitCode, said.Error));
        Assert.Contains("config.json describes it.", said.Out, StringComparison.Ordinal);
        Assert.Contains(
            "config.json exists already",
            Run("export", "--checkpoint", run, "--out", folder.File("other.safetensors"), "--style", style).Error,
            StringComparison.Ordinal);

        Assert.Equal(ExitCode.Success, Run(
            "train", "--model", model, "--init", file, "--style", style, "--data", data, "--steps", "0", "--samples", "0", "--save",
            again).ExitCode);
        Assert.Equal(Parameters(run).Select(value => (double)(float)value), Parameters(again));
        using SafetensorsFile written = SafetensorsFile.Open(File.OpenRead(file));
        return (written.Header.Tensors.ToDictionary(tensor => tensor.Name), JsonDocument.Parse(
            File.ReadAllText(folder.File("config.json"))).RootElement);
    }

    private static void AssertConfig(JsonElement config, string expected) => Assert.Equal(
        JsonDocument.Parse(expected).RootElement.EnumerateObject().Select(member => $"{member.Name} {member.Value.GetRawText()}"),
        config.EnumerateObject().Select(member => $"{member.Name} {JsonSerializer.Serialize(member.Value)}"));

    private static double[] Parameters(string run)
    {
        using CheckpointFile file = CheckpointFile.Open(run, "--checkpoint");
        return file.Parameters(TestSpecs.CompiledModels.All.Single(entry => entry.Name == file.Run.Spec.Name).Description);
    }

    private static CommandLine Run(params string[] args) => CommandLine.Run(TestSpecs.CompiledModels.All, isTerminal: false, args);
}
