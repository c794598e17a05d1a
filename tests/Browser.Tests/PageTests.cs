using Microsoft.Playwright;
using Xunit;

namespace MicroGpt.Browser.Tests;

/// <summary>The page as a whole, and what it shows of the models.</summary>
[Collection(BrowserCollection.Name)]
public sealed class PageTests(Chromium chromium)
{
    [SkippableTheory]
    [InlineData(1280)]
    [InlineData(360)]
    public async Task OpensFromDiskWithoutErrorsRequestsOrShifts(int width)
    {
        await using var report = await OpenReport.OpenAsync(chromium, SampleReport.Small, width);
        var page = report.Page;
        foreach (int tab in (int[])[0, 1])
        {
            await page.ClickAsync($"#tab-{tab}");
        }

        await report.HoverAsync(20);
        await page.SetViewportSizeAsync(width + 100, 700);

        Assert.Equal(SampleReport.Small.Title, await page.TitleAsync());
        Assert.Equal(SampleReport.Small.Title, await page.InnerTextAsync("h1"));
        Assert.Empty(report.Complaints);
        Assert.StartsWith("file://", Assert.Single(report.Requests, url => !url.StartsWith("data:", StringComparison.Ordinal)));
    }

    [SkippableFact]
    public async Task NothingShiftsWhileLoadingOrReading()
    {
        await using var report = await OpenReport.OpenAsync(chromium, SampleReport.Small);
        await report.HoverAsync(5);
        await report.HoverAsync(35);
        Assert.InRange(await report.Page.EvaluateAsync<double>("() => window.shifts"), 0, 0.001);
    }

    [SkippableFact]
    public async Task ComparesTheModelsAndMarksTheLowest()
    {
        await using var report = await OpenReport.OpenAsync(chromium, SampleReport.Small);
        var rows = report.Page.Locator("#comparison tbody tr");
        Assert.Equal(2, await rows.CountAsync());
        Assert.Equal("4,192", await rows.Nth(0).Locator("[data-property=parameters]").InnerTextAsync());
        Assert.Equal("–", await rows.Nth(1).Locator("[data-property=layers]").InnerTextAsync());
        Assert.Equal("2.4000", await rows.Nth(0).Locator("[data-property=heldOutNats] strong").InnerTextAsync());
        Assert.Equal(0, await rows.Nth(1).Locator("[data-property=heldOutNats] strong").CountAsync());
        Assert.Equal("2.1 µs", await rows.Nth(1).Locator("[data-property=microsecondsPerStep] strong").InnerTextAsync());
        // A column that no model fills is left out.
        Assert.Equal(0, await report.Page.Locator("[data-property=newConcepts]").CountAsync());
    }

    [SkippableFact]
    public async Task TabsShowOneModelAtATimeByKeyboard()
    {
        await using var report = await OpenReport.OpenAsync(chromium, SampleReport.Small);
        var page = report.Page;
        await page.FocusAsync("#tab-1");
        await page.Keyboard.PressAsync("ArrowLeft");

        Assert.Equal("true", await page.GetAttributeAsync("#tab-0", "aria-selected"));
        Assert.True(await page.Locator("#panel-0").IsVisibleAsync());
        Assert.True(await page.Locator("#panel-1").IsHiddenAsync());
        Assert.Equal(["ana", "mirela"], await page.Locator("#panel-0 .samples li").AllInnerTextsAsync());
        Assert.Contains("864", await page.Locator("#panel-0 tfoot").InnerTextAsync());
    }

    [SkippableFact]
    public async Task ShowsAttentionAndPredictionsOfTheDocumentChosen()
    {
        await using var report = await OpenReport.OpenAsync(chromium, SampleReport.Small);
        var page = report.Page;
        await page.ClickAsync("#tab-0");
        var panel = page.Locator("#panel-0");
        Assert.Equal(2, await panel.Locator(".heat-map").CountAsync());
        // Four positions see 1 + 2 + 3 + 4 positions.
        var cells = panel.Locator(".heat-map").First.Locator("rect");
        Assert.Equal(10, await cells.CountAsync());
        Assert.Equal("0.5", await cells.Last.GetAttributeAsync("data-weight"));

        var cards = panel.Locator(".prediction");
        Assert.Equal(4, await cards.CountAsync());
        Assert.Equal("loss 3.91 · rank 7", await cards.First.Locator(".cost").InnerTextAsync());
        // The character that follows is not among the most probable ones, and is shown below them.
        Assert.Equal(4, await cards.First.Locator("li:not(.more)").CountAsync());
        Assert.Contains("2.0%", await cards.First.Locator(".actual").InnerTextAsync());

        await panel.GetByRole(AriaRole.Radio, new() { Name = "mia" }).ClickAsync();
        Assert.Equal("0.75", await panel.Locator(".heat-map").First.Locator("rect").Last.GetAttributeAsync("data-weight"));
        await panel.Locator(".heat-map").First.FocusAsync();
        await page.Keyboard.PressAsync("ArrowDown");
        await page.Keyboard.PressAsync("ArrowDown");
        Assert.Contains("m → ·: 25%", await panel.Locator("figcaption").First.InnerTextAsync());
    }

    [SkippableFact]
    public async Task DrawsTheGraphAsBoxesJoinedByEdges()
    {
        await using var report = await OpenReport.OpenAsync(chromium, SampleReport.Small);
        var page = report.Page;
        await page.ClickAsync("#tab-0");
        var boxes = page.Locator("#panel-0 .box");
        Assert.Equal(["e", "n", "x", "logits", "both"], await AttributesAsync(boxes, "data-node"));
        // e -> n, e -> x, n -> x, x -> logits, logits -> both; the loss is a part of both
        Assert.Equal(5, await page.Locator("#panel-0 .edge").CountAsync());
        Assert.Contains("lm_head [27, 16]", await boxes.Nth(3).InnerHTMLAsync());
        // What is read stands above what reads it, and no two boxes overlap.
        var places = new List<LocatorBoundingBoxResult>();
        foreach (var box in await boxes.AllAsync())
        {
            places.Add((await box.Locator("rect").BoundingBoxAsync())!);
        }

        for (int i = 1; i < places.Count; i++)
        {
            Assert.True(places[i].Y >= places[i - 1].Y + places[i - 1].Height);
        }

        await page.GetByRole(AriaRole.Radio, new() { Name = "Backward and update" }).ClickAsync();
        Assert.Equal(["d_logits", "d_x", "lm_head_new"], await AttributesAsync(boxes, "data-node"));
        await boxes.First.FocusAsync();
        await page.Keyboard.PressAsync("ArrowDown");
        Assert.Equal("d_x", await page.EvaluateAsync<string>("() => document.activeElement.dataset.node"));
        Assert.Equal(1, await page.Locator("#panel-0 .edge.lit").CountAsync());
    }

    [SkippableFact]
    public async Task ScattersTheGradientCheck()
    {
        await using var report = await OpenReport.OpenAsync(chromium, SampleReport.Small);
        await report.Page.ClickAsync("#tab-1");
        string dots = (await report.Page.GetAttributeAsync("#panel-1 path.dots", "d"))!;
        Assert.Equal(3, dots.Count(c => c == 'M'));
        Assert.Contains("1 are zero on both sides", await report.Page.InnerTextAsync("#panel-1 .gradient-check"));
    }

    [SkippableFact]
    public async Task LeavesOutWhatAReportDoesNotHave()
    {
        await using var report = await OpenReport.OpenAsync(chromium, new Runner.Report.ReportData("Empty"));
        Assert.Empty(report.Complaints);
        Assert.Equal(0, await report.Page.Locator("main section:visible").CountAsync());
    }

    private static async Task<List<string?>> AttributesAsync(ILocator locator, string name)
    {
        var values = new List<string?>();
        foreach (var element in await locator.AllAsync())
        {
            values.Add(await element.GetAttributeAsync(name));
        }

        return values;
    }
}
