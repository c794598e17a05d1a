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
        var init = new Option<string?>(InitialWeights.Option)
        {
            Description = "Instead of a checkpoint: a safetensors file of another program, of the weights of --model.",
            HelpName = "file",
        };
        EmptyName.Refuse(init, "a safetensors file");
        Option<string?> model = ModelOption.Create(context.Models);
        var prompt = new Option<string?>(Prompt) { Description = "Text that every sample begins with.", HelpName = "text" };
        Option<int?> count =
            NumberOption.WholeOrNone("--count", "Samples. [default: as many as the run prints at its end, 20 if not told otherwise]", 0);
        Option<double?> temperature = NumberOption.NotNegative(
            "--temperature", "Below 1 the samples become more typical, above 1 more daring; 0 always takes the likeliest. [default: "
                + "that of the run, 0.5 if not told otherwise]");
        Option<int?> topK = NumberOption.Count("--top-k", "Draw from this many of the likeliest tokens alone. [default: all]");
        Option<double?> topP = NumberOption.Positive(
            "--top-p", "Draw from the likeliest tokens that together are this probable alone, such as 0.9. [default: all]");
        Option<long?> seed = NumberOption.SeedOrNone(
            "--seed", "Seed of the samples. [default: the run's random stream goes on, which gives what 'train' printed]");
        Option<int?> length = NumberOption.Count("--max-length", "The most tokens to add to the prompt. [default: the block size]");
        var probabilities = new Option<bool>("--show-probabilities")
        {
            Description = "Show a line for every token: its probability, and the likeliest ones, "
                + "after the temperature and the cuts have been applied.",
        };
        var command = new Command("sample", "Lets a saved model invent documents.")
        {
            checkpoint, init, model, prompt, count, temperature, topK, topP, seed, length, probabilities,
        };
        WeightOptions weights = WeightOptions.AddTo(
            command,
            "With --init: lines 'ours theirs' that say how parameters are called in that file.",
            "With --init: names and order are those of others; only for a model that computes the same.");
        DataOptions data = DataOptions.AddTo(command);
        command.SetAction(result =>
        {
            double? p = result.GetValue(topP);
            if (p > 1)
            {
                throw RunnerException.Usage("--top-p: a probability of more than 1 cannot be; give a number such as 0.9.");
            }

            using SampledModel source = result.GetValue(init) is string path
                ? FromWeights(path)
                : FromCheckpoint();
            SampleRecord run = source.Samples;
            var settings = new SamplingSettings
            {
                Temperature = result.GetValue(temperature) ?? run.Temperature,
                TopK = result.GetValue(topK),
                TopP = p,
                MaxLength = result.GetValue(length),
            };
            return Run(
                context, source, settings, result.GetValue(prompt) ?? "", result.GetValue(count) ?? run.Count, result.GetValue(seed),
                result.GetValue(probabilities));

            SampledModel FromCheckpoint()
            {
                // What says how to read another program's file would say nothing here.
                Option[] idle = [model, .. weights.All, .. data.All];
                return idle.FirstOrDefault(option => CheckpointOptions.IsGiven(result, option.Name)) is Option other
                    ? throw RunnerException.Usage($"{other.Name} goes with {InitialWeights.Option}: "
                        + $"a checkpoint knows its model and its tokenizer. Leave {other.Name} out.")
                    : SampledModel.OfCheckpoint(context.Models, CheckpointOption.Open(checkpoint, result));
            }

            SampledModel FromWeights(string path) => CheckpointOptions.IsGiven(result, checkpoint.Name)
                ? throw RunnerException.Usage($"{checkpoint.Name} and {InitialWeights.Option} both name weights; give one of them.")
                : SampledModel.OfWeights(
                    ModelOption.Find(context.Models, result.GetValue(model)),
                    InitialWeights.Open(path, weights.Given(result), weights.Places(result)),
                    data.Settings(result),
                    data.All.FirstOrDefault(option => CheckpointOptions.IsGiven(result, option.Name))?.Name);
        });
        return command;
    }

    private static int Run(
        CommandContext context, SampledModel source, SamplingSettings settings, string prompt, int count, long? seed,
        bool showsProbabilities)
    {
        Tokenizer tokenizer = source.Tokenizer;
        int[] tokens = Encode(tokenizer, prompt);
        var sampler = new Sampler(source.Model, tokenizer, source.Random(seed));
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
