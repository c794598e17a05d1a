using System.CommandLine;
using System.Globalization;
using MicroGpt.Runner.Checkpoints;
using MicroGpt.Runner.Terminal;

namespace MicroGpt.Runner.Commands;

/// <summary><c>models</c>: lists the compiled models.</summary>
internal static class ModelsCommand
{
    private static readonly string[] Headers =
        ["model", "architecture", "vocabulary", "block", "width", "heads", "layers", "precision", "optimizer", "parameters", "source"];

    public static Command Create(CommandContext context)
    {
        var checkpoint = new Option<string?>("--checkpoint") { Description = "Say what is in this checkpoint instead.", HelpName = "file" };
        var command = new Command("models", "Lists the compiled models with their dimensions and numbers of parameters, "
            + "and the files they are written in.") { checkpoint };
        command.SetAction(result => result.GetValue(checkpoint) is string path ? Describe(context, path) : Run(context));
        return command;
    }

    private static int Describe(CommandContext context, string path)
    {
        using CheckpointFile file = CheckpointFile.Open(path, "--checkpoint");
        CheckpointFacts.Write(context.Console.Out, file);
        return ExitCode.Success;
    }

    private static int Run(CommandContext context)
    {
        if (context.Models.Count == 0)
        {
            context.Console.Out.WriteLine("No compiled models: give a partial class the attribute [GptModel(...)] and rebuild.");
            return ExitCode.Success;
        }

        TextTable.Write(context.Console, Headers, [.. context.Models.Select(model => Row(model.Description))]);
        return ExitCode.Success;
    }

    private static string[] Row(ModelDescription model) =>
    [
        model.Name,
        model.Architecture,
        Number(model.VocabSize),
        model.BlockSize is int block ? Number(block) : "-",
        model.NEmbd > 0 ? Number(model.NEmbd) : "-",
        model.NHead > 0 ? Number(model.NHead) : "-",
        model.NLayer > 0 ? Number(model.NLayer) : "-",
        RunFacts.NameOf(model.Precision),
        RunFacts.NameOf(model.Optimizer),
        Number(model.ParameterCount),
        model.SourceFile.Length > 0 ? model.SourceFile : "-",
    ];

    private static string Number(int value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
