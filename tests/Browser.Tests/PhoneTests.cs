using MicroGpt.Runner.Report;
using Xunit;

namespace MicroGpt.Browser.Tests;

/// <summary>What a phone shows without being scrolled sideways.</summary>
[Collection(BrowserCollection.Name)]
public sealed class PhoneTests(Chromium chromium)
{
    private const int Width = 390;

    [SkippableFact]
    public async Task TheTableBeginsWithItsLosses()
    {
        await using var report = await OpenReport.OpenAsync(chromium, SampleReport.Small, Width);
        foreach (string property in (string[])["meanOfLast100", "heldOutNats"])
        {
            var box = (await report.Page.Locator($"#comparison tbody tr:first-child [data-property={property}]").BoundingBoxAsync())!;
            Assert.InRange(box.X + box.Width, 1, Width);
        }

        // The sides of the table keep their order of importance when the phone is turned.
        await report.Page.SetViewportSizeAsync(900, 400);
        // The page hears of it a moment later.
        await report.Page.Locator("#comparison tbody tr:first-child td:nth-child(1 of td)[data-property=architecture]").WaitForAsync();
    }

    [SkippableTheory]
    [InlineData(Width)]
    [InlineData(1280)]
    public async Task TheSelectedTabIsInView(int width)
    {
        var models = Enumerable.Range(0, 24).Select(i => new ModelReport($"model number {i}", i) { Summary = "A model." });
        await using var report = await OpenReport.OpenAsync(chromium, new ReportData("Many") { Models = [.. models] }, width);
        async Task AssertInViewAsync(int tab)
        {
            Assert.Equal("true", await report.Page.GetAttributeAsync($"#tab-{tab}", "aria-selected"));
            var box = (await report.Page.Locator($"#tab-{tab}").BoundingBoxAsync())!;
            Assert.InRange(box.X, 0, width);
            Assert.InRange(box.X + box.Width, 0, width);
        }

        await AssertInViewAsync(23);
        Assert.Equal(0, await report.Page.EvaluateAsync<int>("() => scrollY")); // only the list has moved
        await report.Page.FocusAsync("#tab-23");
        await report.Page.Keyboard.PressAsync("Home");
        await AssertInViewAsync(0);
        await report.Page.Keyboard.PressAsync("ArrowRight");
        await AssertInViewAsync(1);
    }

    [SkippableFact]
    public async Task NoLabelStandsOnACurve()
    {
        await using var report = await OpenReport.OpenAsync(chromium, SampleReport.Small, Width);
        Assert.Equal(0, await report.Page.Locator("#chart .baseline-label, #chart .end-label").CountAsync());
        // Their names and heights stand below the chart.
        Assert.Equal("bigram 2.454", await report.Page.InnerTextAsync("#legend [data-baseline=bigram]"));
    }

    /// <summary>A run that fills the chart leaves its labels hardly any room.</summary>
    [SkippableTheory]
    [InlineData(1.0, 0.2)]
    [InlineData(1.0, 1.5)]
    [InlineData(0.1, 0.02)]
    public async Task OnADeskLabelsFindAPlaceBesideTheCurves(double noise, double trend)
    {
        var random = new Random(7);
        var series = Enumerable.Range(0, 4).Select(s => new LossSeries(
            $"run {s}", s, [.. Enumerable.Range(1, 400)],
            [.. Enumerable.Range(0, 400).Select(i => 2.8 + (trend * Math.Exp(-i / 50.0)) + (noise * (random.NextDouble() - 0.5)))]));
        var data = new ReportData("Noise")
        {
            Series = [.. series], Baselines = [new("uniform", 3.2958), new("unigram", 2.8227), new("close", 2.8), new("bigram", 2.454)],
        };
        await using var report = await OpenReport.OpenAsync(chromium, data);
        foreach (string mode in (string[])["raw", "both", "smoothed"])
        {
            await report.Page.ClickAsync($"[data-mode={mode}]");
            // Every point of every curve, sampled along its path, against every label inside the axes.
            string[] covered = await report.Page.EvaluateAsync<string[]>(
                """
                () => {
                  const boxes = Array.from(document.querySelectorAll(".baseline-label"), (label) => [label.textContent, label.getBBox()])
                    .filter(([text]) => !/[↑↓]/.test(text));
                  const hits = boxes.flatMap(([text, box], i) => boxes.slice(i + 1).filter(([, other]) =>
                    box.x < other.x + other.width && other.x < box.x + box.width && box.y < other.y + other.height && other.y < box.y + box.height)
                    .map(([other]) => `${text} and ${other}`));
                  for (const path of document.querySelectorAll("path.curve")) {
                    const length = path.getTotalLength();
                    for (let at = 0; at < length; at += 1.5) {
                      const point = path.getPointAtLength(at);
                      for (const [text, box] of boxes) {
                        if (point.x > box.x && point.x < box.x + box.width && point.y > box.y + 2 && point.y < box.y + box.height - 3) hits.push(text);
                      }
                    }
                  }
                  return [...new Set(hits)];
                }
                """);
            Assert.Empty(covered);
        }
    }
}
