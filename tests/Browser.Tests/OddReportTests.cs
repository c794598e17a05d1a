using System.Runtime.InteropServices;
using MicroGpt.Runner.Report;
using Microsoft.Playwright;
using Xunit;

namespace MicroGpt.Browser.Tests;

/// <summary>Reports that nobody hopes for: runs that failed, runs without a step, texts that look like code.</summary>
[Collection(BrowserCollection.Name)]
public sealed class OddReportTests(Chromium chromium)
{
    private const string Evil = "</script><script>window.broken = 1</script><img src=x onerror='window.broken = 2'> \"&amp;' \u2028 ‮x";

    [SkippableTheory]
    [InlineData(1280)]
    [InlineData(390)]
    public async Task TextIsTextWhateverItSays(int width)
    {
        var g = new ModelGraphBuilder();
        g.Add(Evil, "Input", GraphShape.Indices).With("value", "tokens")
            .Add("w" + Evil, "Parameter", GraphShape.Matrix(4, 4)).With("parameter", Evil);
        g.Scope(Evil);
        g.Add("x" + Evil, "Embed", GraphShape.Rows(4), "w" + Evil, Evil).With("epilogue", Evil);
        ModelGraph graph = g.Build("x" + Evil);
        PlaygroundNode[] nodes =
        [
            new("tokens", "Input", [], "Indices", 0, 1, 1, new Dictionary<string, string> { ["value"] = "tokens" }),
            new("w", "Parameter", [], "Matrix", 4, 1, 4, new Dictionary<string, string> { ["parameter"] = Evil }),
            new("x", "Embed", [1, 0], "Rows", 0, 1, 4, new Dictionary<string, string>()),
        ];
        string weights = Convert.ToBase64String(MemoryMarshal.AsBytes(new float[16].AsSpan()));
        ModelReport Model(string name) => new(name, 0)
        {
            Summary = Evil, Samples = [Evil], SamplesNote = Evil, Parameters = [new ParameterRow(Evil, 4, 4)],
            Graph = ReportGraph.Of(graph), Playground = new Playground(
                nodes, 2, weights, new PlaygroundTokens("characters", "<&\"", 4, 3, 3)) { BlockSize = 8, ParameterCount = 16 },
            Inspections = [new Inspection(
                Evil, ["·", "<"], [new NextToken("<", 0.5, 1, [new("<", 0.5)]), new NextToken(Evil, 0.1, 2, [new("&", 0.9)])])
            {
                Attention = [[new AttentionMap([[1], [0.5, 0.5]])]],
            }],
            GradientCheck = new GradientCheckReport(Evil, [new GradientCheckMatrix(Evil, [0.1], [0.1], 0, 0)]),
        };
        var data = new ReportData(Evil)
        {
            Subtitle = Evil, Facts = [new(Evil, Evil)], Documents = [Evil, Evil], Baselines = [new(Evil, 3)],
            Series =
            [
                new LossSeries(Evil, 0, [1, 2], [3, 2.5]) { HeldOut = [new(2, 2.75)] },
                new LossSeries("__proto__", 1, [1, 2], [2, 1]),
            ],
            Comparison = [new ComparisonRow(Evil) { Architecture = Evil, NewConcepts = Evil, FirstLoss = 3 }],
            Models = [Model(Evil), Model("constructor") with { PlaygroundNote = Evil, Playground = null }, Model("__proto__")],
        };
        await using var report = await OpenReport.OpenAsync(chromium, data, width);
        var page = report.Page;
        int scripts = await page.Locator("script").CountAsync();
        foreach (int tab in (int[])[0, 1, 2])
        {
            await page.ClickAsync($"#tab-{tab}");
        }

        await report.HoverAsync(2);
        var panel = page.Locator("#panel-2");
        await panel.GetByLabel("Text so far").FillAsync("<&");
        await panel.GetByRole(AriaRole.Button, new() { Name = "Write 10 samples" }).ClickAsync();
        await panel.Locator(".playground .samples li").Nth(9).WaitForAsync();
        await panel.GetByLabel("Text so far").FillAsync("<img src=x onerror='window.broken = 3'>");

        Assert.Equal(Evil, await page.TitleAsync());
        Assert.Equal(Evil, await page.EvaluateAsync<string>("() => document.querySelector('h1').textContent"));
        Assert.Equal(Evil, await page.EvaluateAsync<string>("() => document.querySelector('#panel-0 .samples li').textContent"));
        Assert.Contains("‘i’ (U+0069)", await panel.Locator("[role=status]").First.InnerTextAsync());
        Assert.Equal(0, await page.Locator("img").CountAsync());
        Assert.Equal(scripts, await page.Locator("script").CountAsync());
        Assert.Null(await page.EvaluateAsync<int?>("() => window.broken ?? null"));
        // What is too wide, if anything is: what scrolls by itself does not count.
        Assert.Empty(await page.EvaluateAsync<string[]>(
            """
            () => document.documentElement.scrollWidth <= innerWidth ? [] : Array.from(document.querySelectorAll("body *"))
              .filter((e) => e.getBoundingClientRect().right > innerWidth && !e.closest(".scroll, .tabs, svg")).map((e) => `${e.nodeName}.${e.className}`)
            """));
        Assert.Empty(report.Complaints);
    }

    public static TheoryData<string, LossSeries[]> Runs => new()
    {
        { "no step", [new("none", 0, [], [])] },
        { "one step", [new("one", 0, [1], [3.25])] },
        { "no number", [new("lost", 0, [1, 2, 3], [double.NaN, double.NaN, double.NaN]) { HeldOut = [new(2, double.NaN)] }] },
        { "diverging", [
            new("up", 0, [1, 2, 3, 4], [3, 1e9, 1e300, double.PositiveInfinity]) { LearningRates = [1, 1, 1, double.NaN] },
            new("fine", 1, [1, 2], [3, 2]),
        ] },
        { "the same", [new("flat", 0, [1, 2, 3], [2, 2, 2])] },
        { "held out alone", [new("points", 0, [1, 2], [double.NaN, double.NaN]) { HeldOut = [new(1, 3), new(2, 2)] }] },
    };

    [SkippableTheory]
    [MemberData(nameof(Runs))]
    public async Task AnOddRunIsDrawnAsFarAsItGoes(string what, LossSeries[] series)
    {
        foreach (int width in (int[])[1280, 390])
        {
            var data = new ReportData(what)
            {
                Series = series, Baselines = [new("uniform", 3.2958)],
                Comparison = [new ComparisonRow("failed") { FirstLoss = double.NaN, MeanOfLast100 = double.PositiveInfinity }],
            };
            await using var report = await OpenReport.OpenAsync(chromium, data, width);
            var page = report.Page;
            if (series[0].Steps.Count > 0)
            {
                foreach (string mode in (string[])["raw", "both", "smoothed"])
                {
                    await page.ClickAsync($"[data-mode={mode}]");
                }

                await page.FocusAsync("#plot");
                foreach (string key in (string[])["ArrowRight", "+", "-", "End", "Escape"])
                {
                    await page.Keyboard.PressAsync(key);
                }

                await page.ClickAsync("#legend button >> nth=0");
            }

            string[] wrong = await page.EvaluateAsync<string[]>(
                """
                () => Array.from(document.querySelectorAll("body *:not(script)")).flatMap((e) => [
                  ...Array.from(e.attributes, (a) => a.value), e.childElementCount ? "" : e.textContent,
                ]).filter((text) => /NaN|Infinity|undefined|\[object/.test(text) && !text.startsWith("{"))
                """);
            Assert.Empty(wrong);
            Assert.Empty(report.Complaints);
        }
    }
}
