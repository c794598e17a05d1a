using System.CommandLine;
using System.CommandLine.Parsing;
using MicroGpt.Runner.Checkpoints;
using MicroGpt.Runner.Data;
using MicroGpt.Runner.Randomness;
using MicroGpt.Runner.Terminal;
using MicroGpt.Runner.Training;

namespace MicroGpt.Runner.Commands;

/// <summary><c>sample</c>: lets a saved model invent documents.</summary>
internal static class SampleCommand
{
    private const string Prompt = "--prompt";

    public static Command Create(CommandContext context)
    {
        Option<string?> checkpoint = CheckpointOption.Create();
        var prompt = new Option<string?>(Prompt) { Description = "Text that every sample begins with.", HelpName = "text" };
        Option<int?> count = NumberOption.WholeOrNone("--count", "Samples. [default: as many as the run prints at its end, 20 if not told otherwise]", 0);
        Option<double?> temperature = NumberOption.NotNegative(
            "--temperature", "Below 1 the samples become more typical, above 1 more daring; 0 always takes the likeliest. [default: that of the run, 0.5 if not told otherwise]");
        Option<int?> topK = NumberOption.Count("--top-k", "Draw from this many of the likeliest tokens alone. [default: all]");
        Option<double?> topP = NumberOption.Positive("--top-p", "Draw from the likeliest tokens that together are this probable alone, such as 0.9. [default: all]");
        Option<long?> seed = NumberOption.SeedOrNone(
            "--seed", "Seed of the samples. [default: the run's random stream goes on, which gives what 'train' printed]");
        Option<int?> length = NumberOption.Count("--max-length", "The most tokens to add to the prompt. [default: the block size]");
        var probabilities = new Option<bool>("--show-probabilities")
        {
            Description = "Show a line for every token: its probability, and the likeliest ones, after the temperature and the cuts have been applied.",
        };
        var command = new Command("sample", "Lets a saved model invent documents.")
        {
            checkpoint, prompt, count, temperature, topK, topP, seed, length, probabilities,
        };
        command.SetAction(result =>
        {
            double? p = result.GetValue(topP);
            if (p > 1)
            {
                throw RunnerException.Usage("--top-p: a probability of more than 1 cannot be; give a number such as 0.9.");
            }

            using CheckpointFile file = CheckpointOption.Open(checkpoint, result);
            SampleRecord run = file.Run.Samples;
            var settings = new SamplingSettings
            {
                Temperature = result.GetValue(temperature) ?? run.Temperature,
                TopK = result.GetValue(topK),
                TopP = p,
                MaxLength = result.GetValue(length),
            };
            return Run(
                context, file, settings, result.GetValue(prompt) ?? "", result.GetValue(count) ?? run.Count, result.GetValue(seed), result.GetValue(probabilities));
        });
        return command;
    }

    private static int Run(
        CommandContext context, CheckpointFile file, SamplingSettings settings, string prompt, int count, long? seed, bool showsProbabilities)
    {
        using ICompiledModel model = CheckpointOption.Load(context.Models, file);
        Tokenizer tokenizer = CheckpointOption.TokenizerOf(file);
        int[] tokens = Encode(tokenizer, prompt);
        var random = new RandomStream(seed ?? 0);
        if (seed is null)
        {
            random.Restore(file.Run.Random);
        }

        var sampler = new Sampler(model, tokenizer, random);
        var writer = new SampleWriter(context.Console.Out, tokenizer);
        for (int number = 1; number <= count; number++)
        {
            if (showsProbabilities)
            {
                // The lines of its tokens would tear the sample apart: it follows them.
                string text = sampler.Sample(settings, tokens, writer.WriteProbabilities);
                writer.Begin(number, text);
            }
            else
            {
                writer.Begin(number, prompt);
                sampler.Sample(settings, tokens, (token, _) => writer.Add(token));
            }

            writer.End();
        }

        return ExitCode.Success;
    }

    private static int[] Encode(Tokenizer tokenizer, string prompt)
    {
        try
        {
            return tokenizer.Encode(prompt);
        }
        catch (RunnerException e)
        {
            throw RunnerException.Usage($"{Prompt}: {e.Message}", e);
        }
    }
}
