using System.Text.Json;
using MicroGpt.Runner.Checkpoints;
using Xunit;

namespace MicroGpt.Runner.Tests.Export;

/// <summary>
/// The command <c>export</c>: what it writes and what it refuses. That others compute the same is tested by tests/scripts/onnx.sh.
/// </summary>
public sealed class ExportCommandTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData("NamesGpt", "")]
    [InlineData("Step2", ", rounded from double to single precision")]
    public void AnOnnxFileHoldsTheModelAndItsVocabulary(string model, string rounded)
    {
        string output = folder.File("model.onnx"), data = folder.Write("data.txt", "anna\notto\n");
        CommandLine said = Export("--checkpoint", Trained(model, data), "--out", output);
        Assert.Equal((ExitCode.Success, ""), (said.ExitCode, said.Error));
        Assert.Contains($"{rounded}; tokens [sequence] in, logits [sequence, 27] out.", said.Out, StringComparison.Ordinal);

        OnnxReader file = OnnxReader.Read(File.ReadAllBytes(output));
        Assert.Equal((8, 17, "MicroGpt"), (file.IrVersion, file.Opset, file.Producer));
        Assert.Equal(model, file.Metadata["model"]);
        Assert.Equal(("characters", "4", "4"), (file.Metadata["tokenizer"], file.Metadata["bos"], file.Metadata["start"]));
        Assert.Equal(["a", "n", "o", "t"], JsonDocument.Parse(file.Metadata["vocabulary"]).RootElement
            .EnumerateArray().Select(item => item.GetString()));
        Assert.Equal(model == "NamesGpt" ? "16" : null, file.Metadata.GetValueOrDefault("block_size"));

        // Nothing is read before it is there, nothing is there twice.
        var known = new HashSet<string>(file.Initializers) { "tokens" };
        Assert.Equal(file.Initializers.Count + 1, known.Count);
        Assert.All(file.Nodes, node =>
        {
            Assert.All(node.Inputs, input => Assert.Contains(input, known));
            Assert.True(known.Add(node.Output), node.Output);
        });
        Assert.Equal("logits", file.Nodes[^1].Output);
        Assert.Superset(
            ProgramModels.All.Single(entry => entry.Name == model).Description.Parameters.Select(parameter => parameter.Name).ToHashSet(),
            known);
    }

    [Fact]
    public void WhatCannotBeWrittenIsRefused()
    {
        string data = folder.Write("data.txt", "anna\notto\n"), run = Trained("NamesGpt", data), output = folder.File("model.onnx");
        Refused("--checkpoint is missing", "--out", output);
        Refused("--out is missing", "--checkpoint", run);
        Refused("names no format", "--checkpoint", run, "--out", folder.File("model"));
        Refused("there is no 'onxn'. Did you mean onnx?", "--checkpoint", run, "--out", output, "--format", "onxn");
        Refused("there is no folder", "--checkpoint", run, "--out", folder.File("none/model.onnx"));
        string checkpoint = CheckpointFolder.Latest(run);
        Refused("are the same file", "--checkpoint", run, "--out", checkpoint, "--format", "onnx", "--overwrite");

        File.WriteAllText(output, "mine");
        Refused("exists already", "--checkpoint", run, "--out", output);
        Assert.Equal("mine", File.ReadAllText(output));
        Assert.Equal(ExitCode.Success, Export("--checkpoint", run, "--out", output, "--overwrite").ExitCode);
        Assert.NotEqual("mine", File.ReadAllText(output));
    }

    private string Trained(string model, string data)
    {
        string save = folder.File("run");
        Assert.Equal(ExitCode.Success, CommandLine.Run(
            ProgramModels.All, isTerminal: false, "train", "--model", model, "--data", data, "--steps", "3", "--samples", "0", "--save",
            save).ExitCode);
        return save;
    }

    private static void Refused(string message, params string[] args)
    {
        CommandLine refused = Export(args);
        Assert.Equal((ExitCode.Usage, ""), (refused.ExitCode, refused.Out));
        Assert.Contains(message, refused.Error, StringComparison.Ordinal);
    }

    private static CommandLine Export(params string[] args) => CommandLine.Run(ProgramModels.All, isTerminal: false, ["export", .. args]);
}
