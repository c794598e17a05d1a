using System.Runtime.InteropServices;
using MicroGpt.Runner.Report;
using Microsoft.Playwright;
using Xunit;

namespace MicroGpt.Browser.Tests;

/// <summary>The playground under pointer and keyboard, with models whose probabilities are known.</summary>
[Collection(BrowserCollection.Name)]
public sealed class PlaygroundTests(Chromium chromium)
{
    /// <summary>After a mostly b, after b the end, after the end mostly a.</summary>
    private static readonly double[,] Probabilities = { { 0.1, 0.7, 0.2 }, { 0.25, 0.05, 0.7 }, { 0.6, 0.3, 0.1 } };

    [SkippableFact]
    public async Task ShowsTheProbabilitiesOfWhatFollowsTheText()
    {
        await using var report = await OpenReport.OpenAsync(chromium, Page(Bigrams()));
        Assert.Equal(["a 60%", "b 30%", "· 10%"], await NextAsync(report));

        await report.Page.GetByLabel("Text so far").FillAsync("ba");
        Assert.Equal(["b 70%", "· 20%", "a 10%"], await NextAsync(report));

        // A screen reader hears the same, and each entry's name.
        await report.Page.WaitForFunctionAsync(
            "() => document.querySelectorAll('.playground [role=status]')[1].textContent === 'Most likely next: b, 70%; the end, "
                + "20%; a, 10%.'");
        Assert.Equal("the end, 20%", await report.Page.GetAttributeAsync(".next button >> nth=1", "aria-label"));

        // The choice of a character adds it.
        await report.Page.ClickAsync(".next button >> nth=0");
        Assert.Equal("bab", await PromptAsync(report));
        Assert.Equal(["· 70%", "a 25%", "b 5.0%"], await NextAsync(report));
        Assert.Empty(report.Complaints);
    }

    [SkippableFact]
    public async Task TheTemperatureSharpensAndFlattens()
    {
        await using var report = await OpenReport.OpenAsync(chromium, Page(Bigrams()));
        async Task SetAsync(string temperature) => await report.Page.GetByLabel("Temperature").FillAsync(temperature);

        await SetAsync("0.5"); // squares, made to add up to 1 again: 36, 9 and 1 of 46
        Assert.Equal(["a 78%", "b 20%", "· 2.2%"], await NextAsync(report));
        await SetAsync("0");
        Assert.Equal(["a 100%", "b <0.1%", "· <0.1%"], await NextAsync(report));

        await report.Page.GetByRole(AriaRole.Button, new() { Name = "Write 10 samples" }).ClickAsync();
        await report.Page.Locator(".playground .samples li").Nth(9).WaitForAsync();
        Assert.Equal(Enumerable.Repeat("ab", 10), await report.Page.Locator(".playground .samples li").AllInnerTextsAsync());
        await report.Page.GetByRole(AriaRole.Button, new() { Name = "Add a character" }).ClickAsync();
        Assert.Equal("a", await PromptAsync(report));
    }

    [SkippableFact]
    public async Task SamplesFollowTheProbabilities()
    {
        await using var report = await OpenReport.OpenAsync(chromium, Page(Bigrams()));
        const int draws = 20_000;
        int[] drawn = await report.Page.EvaluateAsync<int[]>(
            """
            (draws) => {
              const logits = report.reader(JSON.parse(document.getElementById("report-data").textContent).models[0]).after([0]);
              const counts = [0, 0, 0];
              for (let i = 0; i < draws; i++) counts[report.draw(report.probabilities(logits, 3, 1))]++;
              return counts;
            }
            """,
            draws);
        for (int token = 0; token < 3; token++)
        {
            // Within six standard deviations.
            Assert.Equal(Probabilities[0, token], (double)drawn[token] / draws, 0.02);
        }
    }

    [SkippableFact]
    public async Task SaysWhatTheModelCannotRead()
    {
        await using var report = await OpenReport.OpenAsync(chromium, Page(Bigrams(block: 4)));
        var message = report.Page.Locator(".playground [role=status]").First;
        var prompt = report.Page.GetByLabel("Text so far");

        await prompt.FillAsync("ax<b>");
        Assert.Equal(
            "The model does not know the character ‘x’ (U+0078): it is not in the text that it was trained on.",
            await message.InnerTextAsync());
        Assert.Equal("true", await prompt.GetAttributeAsync("aria-invalid"));
        Assert.Empty(await NextAsync(report));
        Assert.True(await report.Page.GetByRole(AriaRole.Button, new() { Name = "Write 10 samples" }).IsDisabledAsync());

        // BOS and three characters fill a block of four; a fourth is one too many.
        await prompt.FillAsync("aba");
        Assert.Equal("", await message.InnerTextAsync());
        await prompt.FillAsync("abab");
        Assert.Contains("4 positions at most", await message.InnerTextAsync());

        await report.Page.GetByRole(AriaRole.Button, new() { Name = "Clear" }).ClickAsync();
        Assert.Equal("false", await prompt.GetAttributeAsync("aria-invalid"));
        Assert.Equal(3, (await NextAsync(report)).Length);
    }

    [SkippableFact]
    public async Task WorksByKeyboardAlone()
    {
        await using var report = await OpenReport.OpenAsync(chromium, Page(Bigrams()));
        var page = report.Page;
        await page.GetByLabel("Text so far").FocusAsync();
        await page.Keyboard.TypeAsync("b");
        await page.GetByLabel("Temperature").PressAsync("Home"); // 0
        await page.GetByLabel("Text so far").FocusAsync();
        await page.Keyboard.PressAsync("Enter"); // the most probable after b is the end
        Assert.Equal("b", await PromptAsync(report));
        Assert.Equal("The model ends the text here.", await page.Locator(".playground [role=status]").First.InnerTextAsync());

        await page.Keyboard.PressAsync("a");
        await page.FocusAsync(".next button >> nth=0");
        await page.Keyboard.PressAsync("Space"); // b
        Assert.Equal("bab", await PromptAsync(report));
        Assert.True(await page.EvaluateAsync<bool>("() => document.activeElement === document.querySelector('.next button')"));
    }

    /// <summary>A stream has neither beginning nor end; of a text longer than a block its end is read.</summary>
    [SkippableFact]
    public async Task AStreamReadsTheEndOfTheText()
    {
        Playground stream = Bigrams(block: 4) with { Tokens = new PlaygroundTokens("characters", "ab\n", 3, null, 2) };
        await using var report = await OpenReport.OpenAsync(chromium, Page(stream));
        Assert.Equal(["a 60%", "b 30%", "⏎ 10%"], await NextAsync(report)); // after the new line that it begins with

        await report.Page.GetByLabel("Text so far").FillAsync("aaaaa\nba");
        Assert.Equal(["b 70%", "⏎ 20%", "a 10%"], await NextAsync(report));
    }

    [SkippableFact]
    public async Task BytesAreTokensOfUtf8()
    {
        string counts = Base64([.. Enumerable.Range(0, 256 * 256).Select(i => i % 256 == (i / 256) + 1 ? 9f : 0f)]);
        var bytes =
            new Playground(Bigrams().Nodes, 2, counts, new PlaygroundTokens("bytes", "", 256, null, 10)) { ParameterCount = 256 * 256 };
        bytes =
            bytes with { Nodes = [bytes.Nodes[0], bytes.Nodes[1] with { Outer = 256, Size = 256 }, bytes.Nodes[2] with { Size = 256 }] };
        await using var report = await OpenReport.OpenAsync(chromium, Page(bytes, 256));

        await report.Page.GetByLabel("Text so far").FillAsync("é"); // C3 A9
        Assert.StartsWith("AA", (await NextAsync(report))[0]);
        await report.Page.GetByLabel("Text so far").FillAsync("x");
        Assert.StartsWith("y", (await NextAsync(report))[0]);
    }

    [SkippableFact]
    public async Task AnUnknownOperationIsNamed()
    {
        Playground model = Bigrams();
        model = model with { Nodes = [model.Nodes[0], model.Nodes[1], model.Nodes[2] with { Op = "Frobnicate" }] };
        await using var report = await OpenReport.OpenAsync(chromium, Page(model));

        Assert.Contains("no function for the operation Frobnicate.", await report.Page.InnerTextAsync("#panel-0"));
        Assert.Empty(report.Complaints);
    }

    [SkippableFact]
    public async Task LogitsThatAreNotFiniteAreNotSampled()
    {
        Playground model = Bigrams() with { Weights = Base64([.. Enumerable.Repeat(float.NaN, 9)]) };
        await using var report = await OpenReport.OpenAsync(chromium, Page(model));
        Assert.Contains("not finite", await report.Page.Locator(".playground [role=status]").First.InnerTextAsync());
        Assert.Empty(await NextAsync(report));
    }

    [SkippableFact]
    public async Task AModelThatIsTooLargeSaysSo()
    {
        ModelReport[] models =
        [
            .. Playground.Fit(
            [
                new ModelReport("first", 0) { Playground = Bigrams() with { ParameterCount = 600_000 } },
                new ModelReport("second", 1) { Playground = Bigrams() with { ParameterCount = 600_000 } },
                new ModelReport("third", 2) { Playground = Bigrams() with { ParameterCount = 400_000 } },
            ]),
        ];
        Assert.Equal([true, false, true], models.Select(model => model.Playground is not null));
        await using var report = await OpenReport.OpenAsync(chromium, new ReportData("t") { Models = models });
        await report.Page.ClickAsync("#tab-1");
        Assert.Contains(
            "up to 1,000,000 parameters together; this model, beside those before it, has 600,000.",
            await report.Page.InnerTextAsync("#panel-1"));
    }

    /// <summary>logits = table[token]</summary>
    private static Playground Bigrams(int? block = null)
    {
        Dictionary<string, string> none = [];
        PlaygroundNode[] nodes =
        [
            new("tokens", "Input", [], "Indices", 0, 1, 1, new Dictionary<string, string> { ["value"] = "tokens" }),
            new("table", "Parameter", [], "Matrix", 3, 1, 3, new Dictionary<string, string> { ["parameter"] = "table" }),
            new("logits", "Embed", [1, 0], "Rows", 0, 1, 3, none),
        ];
        string weights = Base64([.. Probabilities.Cast<double>().Select(p => (float)Math.Log(p))]);
        return new Playground(
            nodes, 2, weights, new PlaygroundTokens("characters", "ab", 3, 2, 2)) { BlockSize = block, ParameterCount = 9 };
    }

    private static ReportData Page(Playground playground, int size = 3) => new("Playground")
    {
        Models = [new ModelReport("Bigrams", 0) { Playground = playground, Parameters = [new ParameterRow("table", size, size)] }],
    };

    private static string Base64(float[] numbers) => Convert.ToBase64String(MemoryMarshal.AsBytes(numbers.AsSpan()));

    private static Task<string> PromptAsync(OpenReport report) => report.Page.GetByLabel("Text so far").InputValueAsync();

    /// <summary>The entries of the list, such as "a 60%".</summary>
    private static Task<string[]> NextAsync(OpenReport report) => report.Page.EvaluateAsync<string[]>(
        "() => Array.from(document.querySelectorAll('.next button'), (b) "
            + "=> `${b.querySelector('.token').textContent} ${b.querySelector('.number').textContent}`)");
}
