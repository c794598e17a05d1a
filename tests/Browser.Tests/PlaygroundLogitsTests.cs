using System.Text;
using MicroGpt.Course;
using MicroGpt.Runner;
using MicroGpt.Runner.Data;
using MicroGpt.Runner.Report;
using MicroGpt.Runner.Training;
using Xunit;

namespace MicroGpt.Browser.Tests;

/// <summary>The page computes what the compiled model computes.</summary>
[Collection(BrowserCollection.Name)]
public sealed class PlaygroundLogitsTests(Chromium chromium)
{
    private const double Tolerance = 1e-5;

    private const int PositionsWithoutBlockSize = 5;

    private static IEnumerable<ModelEntry> Fitting => ProgramModels.All.Concat(TestSpecs.CompiledModels.All)
        .Where(entry => entry.Description.ParameterCount <= Playground.MostParameters);

    [SkippableFact]
    public async Task EveryCompiledModelThatFitsAgreesWithDecode()
    {
        var models = new List<ModelReport>();
        var documents = new List<int[]>();
        var logits = new List<double[][]>();
        foreach (ModelEntry entry in Fitting)
        {
            var random = new Random(5); // Anew for each, so that one more model changes no other's numbers.
            ModelDescription description = entry.Description;
            using ICompiledModel model = entry.Create(0);
            model.LoadParameters([.. Enumerable.Range(0, description.ParameterCount).Select(_ => 0.3 * Gauss(random))]);
            int positions = description.BlockSize ?? PositionsWithoutBlockSize;
            documents.Add([.. Enumerable.Range(0, positions).Select(_ => random.Next(description.VocabSize))]);
            logits.Add(Decode(model, documents[^1]));
            models.Add(Report(model));
        }

        Assert.True(models.Count > 15, $"only {models.Count} models fit");
        await AssertLogitsAsync(models, documents, logits);
    }

    [SkippableFact]
    public async Task CountingAgreesWithDecode()
    {
        Corpus corpus = Corpus.BuiltInNames();
        using var session = new TrainingSession(CountingModel.For(corpus), corpus, new TrainingSettings { Steps = 300 });
        session.Run([]);
        int[] document = [session.Tokenizer.Start, .. session.Tokenizer.Encode("kelsey")];

        await AssertLogitsAsync([Report(session.Model, session.Tokenizer)], [document], [Decode(session.Model, document)]);
    }

    /// <summary>Positions that are read again after a shorter text do not see what was there before.</summary>
    [SkippableFact]
    public async Task AChangedTextIsReadAfresh()
    {
        ModelEntry entry = ProgramModels.All.First(e => e.Name == "NamesGpt");
        using ICompiledModel model = entry.Create(0);
        var random = new Random(6);
        model.LoadParameters([.. Enumerable.Range(0, entry.Description.ParameterCount).Select(_ => 0.3 * Gauss(random))]);
        await using var report = await OpenReport.OpenAsync(chromium, new ReportData("t") { Models = [Report(model)] });

        int[][] texts = [[26, 1, 2, 3, 4], [26, 1], [26, 1, 9, 9], [26], [26, 1, 9, 9], [3]];
        double[][] actual = await report.Page.EvaluateAsync<double[][]>(
            """
            (texts) => {
              const reader = report.reader(JSON.parse(document.getElementById("report-data").textContent).models[0]);
              return texts.map((tokens) => Array.from(reader.after(tokens)));
            }
            """,
            texts);

        for (int i = 0; i < texts.Length; i++)
        {
            AssertClose(Decode(model, texts[i])[^1], actual[i], string.Join(' ', texts[i]));
        }
    }

    private static ModelReport Report(ICompiledModel model, Tokenizer? tokenizer = null)
    {
        tokenizer ??= CharacterTokenizer.Of(Enumerable.Range('0', model.Description.VocabSize - 1).Select(c => new Rune(c)), hasBos: true);
        (Playground? playground, string reason) = Playground.Of(model, tokenizer);
        Assert.True(playground is not null, $"{model.Description.Name} has no playground: {reason}");
        return new ModelReport(
            model.Description.Name, 0) { Parameters = ModelReport.ParametersOf(model.Description), Playground = playground };
    }

    private async Task AssertLogitsAsync(
        IReadOnlyList<ModelReport> models, IReadOnlyList<int[]> documents, IReadOnlyList<double[][]> logits)
    {
        await using var report = await OpenReport.OpenAsync(chromium, new ReportData("Models") { Models = models });
        for (int i = 0; i < models.Count; i++)
        {
            double[][] actual = await report.Page.EvaluateAsync<double[][]>(
                """
                ([index, tokens]) => {
                  const run = report.runModel(JSON.parse(document.getElementById("report-data").textContent).models[index]);
                  if (run.missing.length) throw new Error(`no function for ${run.missing}`);
                  return tokens.map((token, position) => Array.from(run.step(token, position)));
                }
                """,
                new object[] { i, documents[i] });
            Assert.Equal(documents[i].Length, actual.Length);
            for (int position = 0; position < actual.Length; position++)
            {
                AssertClose(logits[i][position], actual[position], $"{models[i].Name}, position {position}");
            }
        }
    }

    private static void AssertClose(double[] expected, double[] actual, string what)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int token = 0; token < expected.Length; token++)
        {
            double error = Math.Abs(actual[token] - expected[token]) / Math.Max(1, Math.Abs(expected[token]));
            Assert.True(error <= Tolerance, $"{what}, token {token}: {actual[token]:R} on the page, {expected[token]:R} decoded");
        }
    }

    private static double[][] Decode(ICompiledModel model, int[] tokens)
    {
        double[][] logits = new double[tokens.Length][];
        for (int position = 0; position < tokens.Length; position++)
        {
            model.Decode(tokens[position], position, logits[position] = new double[model.Description.VocabSize]);
        }

        return logits;
    }

    private static double Gauss(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
}
