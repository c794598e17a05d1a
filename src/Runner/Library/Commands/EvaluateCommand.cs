using System.CommandLine;
using System.CommandLine.Parsing;
using MicroGpt.Runner.Checkpoints;
using MicroGpt.Runner.Data;
using MicroGpt.Runner.Distribution;
using MicroGpt.Runner.Evaluation;
using MicroGpt.Runner.Messages;
using MicroGpt.Runner.Report;

namespace MicroGpt.Runner.Commands;

/// <summary><c>evaluate</c>: measures the loss of a saved model on a text.</summary>
internal static class EvaluateCommand
{
    public static Command Create(CommandContext context)
    {
        Option<string?> checkpoint = CheckpointOption.Create();
        Option<int> threads = ThreadsOption.Create();
        var data = new Option<string?>("--data")
        {
            Description = "Text (UTF-8): a file, a folder of text files, or - for standard input; divided into documents as the run's own.",
            HelpName = "file",
        };
        var command = new Command("evaluate", "Measures the loss of a saved model on a text.") { checkpoint, data, threads };
        command.SetAction(result =>
        {
            using CheckpointFile file = CheckpointOption.Open(checkpoint, result);
            string path = result.GetValue(data)
                ?? throw RunnerException.Usage("--data is missing: on which text? One that the model was not trained on says most.");
            return Run(context, file, path, result.GetValue(threads));
        });
        return command;
    }

    private static int Run(CommandContext context, CheckpointFile file, string path, int threads)
    {
        RankFacts.CheckInput(context.Console.Job, path);
        using ICompiledModel model = CheckpointOption.Load(context.Models, file);
        model.Threads = threads;
        Corpus corpus = Corpus.Read(file.Run.Data.Settings with { Path = path }, CheckpointOption.TokenizerOf(file));
        var evaluator = Evaluator.OfAll(corpus, model.Description.BlockSize, model.RowCapacity);
        Job job = context.Console.Job;
        if (job.Size > 1)
        {
            RankFailure.Agree(job, RankFacts.Of(file, corpus, model));
            job.IsUnderWay = true;
        }

        HeldOutLoss loss = evaluator.Measure(model, job);
        Baselines baselines = Baselines.Of(corpus);
        context.Console.Out.WriteLine(
            $"model           {model.Description.Name} after {Counted.Of(file.Run.Step, "step")}, from {file.Path}");
        context.Console.Out.WriteLine(
            $"data            {corpus.Source}: {Counted.Of(loss.Tokens, "token")}, {Counted.Of(loss.Characters, "character")} predicted");
        context.Console.Out.WriteLine($"loss            {loss.ToString().Replace("held-out ", "", StringComparison.Ordinal)}");
        context.Console.Out.WriteLine(FormattableString.Invariant(
            $"without a model uniform {baselines.Uniform:F4}, unigram {baselines.Unigram:F4}, bigram {baselines.Bigram:F4} nats a token"));
        return ExitCode.Success;
    }
}
