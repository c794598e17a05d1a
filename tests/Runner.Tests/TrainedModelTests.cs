using System.Globalization;
using MicroGpt.Runner.Checkpoints;
using MicroGpt.Runner.Commands;
using MicroGpt.Runner.Data;
using MicroGpt.Runner.Evaluation;
using MicroGpt.Runner.Tests.Models;
using MicroGpt.Runner.Training;
using Xunit;

namespace MicroGpt.Runner.Tests;

public sealed class TrainedModelTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void TwoHundredAtOnceGiveWhatEachGivesAlone()
    {
        using TrainedModel model = TrainedModel.Load(Trained(), ProgramModels.All);
        string[] alone = [.. Enumerable.Range(0, 200).Select(seed => model.Sample(seed: seed))];
        string[] together = [.. Enumerable.Range(0, 200).AsParallel().AsOrdered()
            .WithDegreeOfParallelism(16).Select(seed => model.Sample(seed: seed))];
        Assert.Equal(alone, together);
        Assert.True(alone.Distinct().Count() > 100);
    }

    /// <summary>All under way at the same time, a piece of each in turn, over parameters that are in memory once.</summary>
    [Fact]
    public async Task TwoHundredStreamsGiveWhatEachGivesAlone()
    {
        int made = 0;
        ModelEntry[] counted = [.. ProgramModels.All.Select(entry => new ModelEntry(entry.Description, rows =>
        {
            made++;
            return entry.Create(rows);
        }))];
        using TrainedModel model = TrainedModel.Load(Trained(), counted);
        IAsyncEnumerator<string>[] streams = [.. Enumerable.Range(0, 200)
            .Select(seed => model.SampleAsync(prompt: "ma", seed: seed).GetAsyncEnumerator())];
        string[] together = [.. streams.Select(_ => "ma")];
        bool[] ended = new bool[streams.Length];
        while (ended.Contains(false))
        {
            for (int i = 0; i < streams.Length; i++)
            {
                ended[i] = ended[i] || !await streams[i].MoveNextAsync();
                together[i] += ended[i] ? "" : streams[i].Current;
            }
        }

        foreach (IAsyncEnumerator<string> stream in streams)
        {
            await stream.DisposeAsync();
        }

        Assert.Equal(Enumerable.Range(0, 200).Select(seed => model.Sample(prompt: "ma", seed: seed)), together);
        Assert.True(together.Distinct().Count() > 20);
        Assert.Equal(1, made);
    }

    [Fact]
    public async Task ThreadsMayStreamSampleAndScoreAtOnce()
    {
        using TrainedModel model = TrainedModel.Load(Trained(), ProgramModels.All);
        (string Text, double Nats)[] alone = [.. Enumerable.Range(0, 100)
            .Select(seed => model.Sample(seed: seed)).Select(text => (text, model.Score(text).Nats))];
        await Parallel.ForAsync(0, alone.Length, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (seed, cancellation) =>
        {
            string text = "";
            await foreach (string piece in model.SampleAsync(seed: seed, cancellation: cancellation))
            {
                text += piece;
            }

            Assert.Equal(alone[seed], (text, model.Score(model.Sample(seed: seed)).Nats));
        });
    }

    /// <summary>
    /// Tokens that are bytes: a piece ends where a character does, and a character that never comes to its end is a sign, as in a sample.
    /// </summary>
    [Fact]
    public async Task PiecesAreWholeCharacters()
    {
        ModelEntry[] models = [BigramModel.Entry(vocabSize: 257, blockSize: 12)];
        string data = folder.Write("data.txt", string.Concat(Enumerable.Repeat("a\u00e9\u20ac\U0001F600a\u00e9\n", 20)));
        string run = folder.File("bytes");
        CommandLine trained = CommandLine.Run(
            models, isTerminal: false, "train", "--data", data, "--tokenizer", "bytes", "--steps", "300", "--lr", "20", "--schedule",
            "constant", "--samples", "0", "--save", run);
        Assert.Equal(ExitCode.Success, trained.ExitCode);
        using TrainedModel model = TrainedModel.Load(run, models);
        int cut = 0;
        int wide = 0;
        for (int seed = 0; seed < 100; seed++)
        {
            var settings = new SamplingSettings { MaxLength = 1 + (seed % 12) };
            string expected = model.Sample(settings, "a", seed);
            string text = "a";
            await foreach (string piece in model.SampleAsync(settings, "a", seed))
            {
                Assert.NotEqual("", piece);
                Assert.False(char.IsLowSurrogate(piece[0]) || char.IsHighSurrogate(piece[^1]));
                text += piece;
            }

            Assert.Equal(expected, text);
            cut += text.Contains('\uFFFD') ? 1 : 0;
            wide += text.Contains("\U0001F600", StringComparison.Ordinal) || text.Contains('\u20ac') ? 1 : 0;
        }

        Assert.True(cut > 0 && wide > 0, $"{cut} with a sign, {wide} with characters of several bytes");
    }

    [Fact]
    public async Task AStreamEndsWhereItIsLeftOrCancelled()
    {
        using TrainedModel model = TrainedModel.Load(Trained(), ProgramModels.All);
        await foreach (string piece in model.SampleAsync(seed: 1))
        {
            Assert.Single(piece);
            break;
        }

        using var cancellation = new CancellationTokenSource();
        int pieces = 0;
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (string piece in model.SampleAsync(seed: 1).WithCancellation(cancellation.Token))
            {
                pieces++;
                await cancellation.CancelAsync();
            }
        });
        Assert.Equal(1, pieces);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await model.SampleAsync(cancellation: cancellation.Token).GetAsyncEnumerator().MoveNextAsync());

        // A prompt is checked before anything is asked of the stream.
        Assert.Contains(
            "'\u00e9'", Assert.Throws<RunnerException>(() => { model.SampleAsync(prompt: "\u00e9"); }).Message, StringComparison.Ordinal);
    }

    /// <summary>Against the logits of decoding, position by position; of a text longer than the block size, piece by piece.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("anna")]
    [InlineData("annabellachristianajohannaelisabethmaria")]
    public void AScoreIsWhatDecodingSays(string text)
    {
        string run = Trained();
        using TrainedModel model = TrainedModel.Load(run, ProgramModels.All);
        using CheckpointFile file = CheckpointFile.Open(run, "test");
        using ICompiledModel compiled = CheckpointOption.Load(ProgramModels.All, file);
        Tokenizer tokenizer = CheckpointOption.TokenizerOf(file);
        int[] tokens = [tokenizer.Bos!.Value, .. tokenizer.Encode(text), tokenizer.Bos.Value];
        double[] logits = new double[compiled.Description.VocabSize];
        double nats = 0;
        for (int row = 0; row < tokens.Length - 1; row++)
        {
            compiled.Decode(tokens[row], row % compiled.Description.BlockSize!.Value, logits);
            nats += Math.Log(logits.Sum(logit => Math.Exp(logit - logits[tokens[row + 1]])));
        }

        HeldOutLoss score = model.Score(text);
        Assert.Equal(nats, score.Nats, 1e-4);
        Assert.Equal(nats / (text.Length + 1), score.NatsPerToken, 1e-5);
        Assert.Equal(text.Length + 1, score.Tokens);
        Assert.Equal(text.Length, score.Characters);
        Assert.Contains("'\u00e9'", Assert.Throws<RunnerException>(() => model.Score("\u00e9")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void ItDrawsWhatTheCommandDraws()
    {
        string run = Trained();
        CommandLine said = CommandLine.Run(
            ProgramModels.All, isTerminal: false, "sample", "--checkpoint", run, "--prompt", "an", "--seed", "7", "--count", "1");
        using TrainedModel model = TrainedModel.Load(run, ProgramModels.All);
        Assert.Equal("NamesGpt", model.Description.Name);
        string name = model.Sample(prompt: "an", seed: 7);
        Assert.StartsWith("an", name, StringComparison.Ordinal);
        Assert.EndsWith($": {name}\n", said.Out, StringComparison.Ordinal);
    }

    [Fact]
    public void MistakesAreExplainedAndLeaveItUsable()
    {
        string missing = folder.File("none");
        Assert.Contains(
            missing, Assert.Throws<RunnerException>(() => TrainedModel.Load(missing, ProgramModels.All)).Message, StringComparison.Ordinal);
        using TrainedModel model = TrainedModel.Load(Trained(), ProgramModels.All);
        Assert.Contains(
            "'\u00e9'", Assert.Throws<RunnerException>(() => model.Sample(prompt: "\u00e9mile")).Message, StringComparison.Ordinal);
        using var cancelled = new CancellationTokenSource();
        cancelled.Cancel();
        Assert.ThrowsAny<OperationCanceledException>(() => model.Sample(cancellation: cancelled.Token));
        Assert.Equal(model.Sample(seed: 1), model.Sample(new SamplingSettings(), "", 1));
    }

    /// <summary>Of a stream a model has no token that ends a sample: a negative length would have none.</summary>
    [Theory]
    [InlineData(nameof(SamplingSettings.MaxLength), -1, "MaxLength is at least 0")]
    [InlineData(nameof(SamplingSettings.Temperature), -1, "Temperature is a finite number of at least 0")]
    [InlineData(nameof(SamplingSettings.Temperature), double.NaN, "Temperature is a finite number of at least 0")]
    [InlineData(nameof(SamplingSettings.Temperature), double.PositiveInfinity, "Temperature is a finite number of at least 0")]
    [InlineData(nameof(SamplingSettings.TopK), 0, "TopK is at least 1")]
    [InlineData(nameof(SamplingSettings.TopK), -1, "TopK is at least 1")]
    [InlineData(nameof(SamplingSettings.TopP), 0, "TopP is above 0 and at most 1")]
    [InlineData(nameof(SamplingSettings.TopP), 2, "TopP is above 0 and at most 1")]
    [InlineData(nameof(SamplingSettings.TopP), double.NaN, "TopP is above 0 and at most 1")]
    public void ASettingOutOfItsRangeIsNamed(string setting, double value, string expected)
    {
        var settings = new SamplingSettings();
        ArgumentOutOfRangeException error = Assert.Throws<ArgumentOutOfRangeException>(() => setting switch
        {
            nameof(SamplingSettings.MaxLength) => settings with { MaxLength = (int)value },
            nameof(SamplingSettings.Temperature) => settings with { Temperature = value },
            nameof(SamplingSettings.TopK) => settings with { TopK = (int)value },
            _ => settings with { TopP = value },
        });
        Assert.Equal((setting, value), (error.ParamName, Convert.ToDouble(error.ActualValue, CultureInfo.InvariantCulture)));
        Assert.StartsWith(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void TheEndsOfTheRangesAreSampled()
    {
        using TrainedModel model = TrainedModel.Load(Trained(), ProgramModels.All);
        Assert.Equal("an", model.Sample(new SamplingSettings { MaxLength = 0 }, "an"));
        string greedy = model.Sample(new SamplingSettings { Temperature = 0 });
        Assert.Equal(greedy, model.Sample(new SamplingSettings { TopK = 1 }));
        Assert.Equal(greedy, model.Sample(new SamplingSettings { TopP = double.Epsilon }));
        Assert.Equal(model.Sample(seed: 3), model.Sample(new SamplingSettings { TopK = int.MaxValue, TopP = 1 }, seed: 3));
    }

    [Fact]
    public async Task AfterItsEndItIsNamed()
    {
        TrainedModel model = TrainedModel.Load(Trained(), ProgramModels.All);
        IAsyncEnumerable<string> asked = model.SampleAsync(seed: 1);
        await using IAsyncEnumerator<string> begun = model.SampleAsync(seed: 1).GetAsyncEnumerator();
        Assert.True(await begun.MoveNextAsync());
        model.Dispose();
        model.Dispose();
        ObjectDisposedException[] errors =
        [
            Assert.Throws<ObjectDisposedException>(() => model.Sample()),
            Assert.Throws<ObjectDisposedException>(() => { model.SampleAsync(); }),
            Assert.Throws<ObjectDisposedException>(() => model.Score("anna")),
            await Assert.ThrowsAsync<ObjectDisposedException>(async () => await asked.GetAsyncEnumerator().MoveNextAsync()),
            await Assert.ThrowsAsync<ObjectDisposedException>(async () => await begun.MoveNextAsync()),
        ];
        Assert.All(errors, error => Assert.Equal(typeof(TrainedModel).FullName, error.ObjectName));
    }

    private string Trained()
    {
        string run = folder.File("run");
        CommandLine trained =
            CommandLine.Run(ProgramModels.All, isTerminal: false, "train", "--steps", "100", "--samples", "0", "--save", run);
        Assert.Equal(ExitCode.Success, trained.ExitCode);
        return run;
    }
}
