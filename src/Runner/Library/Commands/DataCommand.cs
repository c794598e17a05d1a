using System.CommandLine;
using MicroGpt.Runner.Data;
using MicroGpt.Runner.Terminal;

namespace MicroGpt.Runner.Commands;

/// <summary><c>data</c>: describes a dataset, and the spec of a model for it.</summary>
internal static class DataCommand
{
    public static Command Create(CommandContext context)
    {
        var command = new Command(
            "data", "Describes a dataset: lengths, characters, what a block size would cut off, baselines, problems, and a spec to paste.");
        DataOptions data = DataOptions.AddTo(command);
        command.SetAction(result => Run(context, data.Settings(result)));
        return command;
    }

    private static int Run(CommandContext context, DataSettings settings)
    {
        DocumentSet documents = DocumentSet.Read(settings);
        var corpus = new Corpus(documents);
        corpus.CheckHasTarget();
        DataNotes.WriteSkipped(context.Console.Error, corpus.SkippedFiles);
        foreach (string line in DatasetDescription.Lines(documents, corpus))
        {
            context.Console.Out.WriteLine(line);
        }

        return ExitCode.Success;
    }
}
