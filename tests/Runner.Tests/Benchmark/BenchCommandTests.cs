using System.Text.Json;
using MicroGpt.Runner.Tests.Models;
using Xunit;

namespace MicroGpt.Runner.Tests.Benchmark;

public sealed class BenchCommandTests : IDisposable
{
    private static readonly string[] Keys =
    [
        "model", "batch", "threads", "optimizer", "vector_bits", "us_per_step", "us_per_position", "positions_per_s", "gflops",
        "peak_gflops", "share_of_peak", "bytes_per_step", "compile_ms", "time_to_first_step_ms", "time_to_1000_steps_ms",
        "decode_us_per_token",
    ];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void EveryModelIsMeasured()
    {
        string json = folder.File("bench.json");
        CommandLine run = CommandLine.Run("bench", "--rounds", "1", "--json", json);
        Assert.Equal("", run.Error);
        Assert.Equal(ExitCode.Success, run.ExitCode);
        Assert.Contains("peak of one thread, ", run.Out);
        Assert.All(
            CommandLine.Models,
            model => Assert.Equal(2, run.Out.Split('\n').Count(line => line.StartsWith(model.Name + " ", StringComparison.Ordinal))));
        Assert.DoesNotContain(run.Out, character => char.IsControl(character) && character != '\n');

        JsonElement[] results = Read(json);
        Assert.Equal(CommandLine.Models.Select(model => model.Name), results.Select(result => result.GetProperty("model").GetString()));
        Assert.All(results, result =>
        {
            Assert.Equal(Keys, result.EnumerateObject().Select(property => property.Name));
            Assert.Equal(1, result.GetProperty("batch").GetInt32());
            Assert.Equal(1, result.GetProperty("threads").GetInt32());
            double share = result.GetProperty("share_of_peak").GetDouble();
            double gflops = result.GetProperty("gflops").GetDouble();
            Assert.Equal(share, gflops / result.GetProperty("peak_gflops").GetDouble(), 1e-12);
            Assert.True(gflops > 0);
            double perPosition = result.GetProperty("us_per_position").GetDouble();
            Assert.Equal(1e6, perPosition * result.GetProperty("positions_per_s").GetDouble(), 1e-3);
            Assert.True(result.GetProperty("us_per_step").GetDouble() >= perPosition);
            Assert.True(result.GetProperty("decode_us_per_token").GetDouble() > 0);
            Assert.Equal(0, result.GetProperty("bytes_per_step").GetDouble());

            // This test is no program that could be started once more.
            Assert.Equal(JsonValueKind.Null, result.GetProperty("time_to_first_step_ms").ValueKind);
        });
        Assert.Equal(["sgd", "sgd", "sgd", "adam"], results.Select(result => result.GetProperty("optimizer").GetString()));
        Assert.Equal(["bench.json"], Directory.GetFiles(folder.Path).Select(Path.GetFileName));
    }

    [Fact]
    public void OneModelIsMeasuredAsAsked()
    {
        string json = folder.Write("bench.json", "an earlier result");
        int threads = Math.Min(2, Environment.ProcessorCount);
        CommandLine run = CommandLine.Run(
            "bench", "--model", "wide", "--batch", "3", "--threads", $"{threads}", "--optimizer", "adamw", "--clip-norm", "1", "--rounds",
            "2", "--json", json);
        Assert.Equal(ExitCode.Success, run.ExitCode);
        JsonElement result = Assert.Single(Read(json));
        Assert.Equal("Wide", result.GetProperty("model").GetString());
        Assert.Equal(3, result.GetProperty("batch").GetInt32());
        Assert.Equal(threads, result.GetProperty("threads").GetInt32());
        Assert.Equal("adamw", result.GetProperty("optimizer").GetString());

        // Three full blocks of eight positions.
        Assert.Equal(24.0, result.GetProperty("us_per_step").GetDouble() / result.GetProperty("us_per_position").GetDouble(), 1e-9);
        Assert.Contains("full blocks", run.Out);

        // Several threads are set beside one, measured in the same turns.
        Assert.Equal(threads > 1, run.Out.Contains($"{threads} threads train ", StringComparison.Ordinal));
    }

    [Fact]
    public void ATerminalIsShownTheSame()
    {
        CommandLine run = CommandLine.Run(CommandLine.Models, isTerminal: true, "bench", "--model", "NamesGpt", "--rounds", "1")
            .WithoutColours();
        Assert.Equal(ExitCode.Success, run.ExitCode);
        Assert.Contains("measuring NamesGpt, batch 1 (1 of 1) ...", run.Out);
        Assert.Contains("decode us/token", run.Out);
        Assert.Contains("fastest of 1 round of ", run.Out);
    }

    [Fact]
    public void BadArgumentsAreExplainedBeforeAnythingIsMeasured()
    {
        foreach ((string option, string value, string expected) in new[]
        {
            ("--json", folder.Path, "is not the name of a file to write"),
            ("--json", folder.File("none/bench.json"), "does not exist; create it first"),
            ("--batch", "0", "--batch: '0' is not a whole number from 1"),
            ("--batch", "2147483647", "give a smaller number"),
            ("--rounds", "0", "--rounds: '0' is not a whole number from 1"),
            ("--model", "Wid", "Did you mean Wide?"),
            ("--optimizer", "lion", "there is no optimizer 'lion'"),
        })
        {
            CommandLine run = CommandLine.Run(["bench", option, value, .. option == "--model" ? (string[])[] : ["--model", "Wide"]]);
            Assert.Contains(expected, run.Error);
            Assert.Equal(ExitCode.Usage, run.ExitCode);
            Assert.Equal("", run.Out);
        }
    }

    [Fact]
    public void ALossThatDoesNotStayFiniteIsNothingToMeasure()
    {
        CommandLine run = CommandLine.Run([BigramModel.Entry(initStd: 1e308)], isTerminal: false, "bench", "--rounds", "1");
        Assert.Equal(ExitCode.Failure, run.ExitCode);
        Assert.Contains("the loss did not stay finite", run.Error);
    }

    private static JsonElement[] Read(string path)
    {
        using JsonDocument document = JsonDocument.Parse(File.ReadAllText(path));
        return [.. document.RootElement.EnumerateArray().Select(element => element.Clone())];
    }
}
