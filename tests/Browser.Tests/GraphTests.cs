using MicroGpt.Runner;
using MicroGpt.Runner.Report;
using Microsoft.Playwright;
using Xunit;

namespace MicroGpt.Browser.Tests;

/// <summary>The drawing of a graph in its box.</summary>
[Collection(BrowserCollection.Name)]
public sealed class GraphTests(Chromium chromium)
{
    private const string Shallow = "NamesGpt";
    private const string Deep = "eight layers";

    [SkippableTheory]
    [InlineData(390, Shallow)]
    [InlineData(1280, Shallow)]
    [InlineData(390, Deep)]
    [InlineData(1280, Deep)]
    public async Task TheWholeGraphIsSeenAtFirst(int width, string model)
    {
        await using var report = await OpenReport.OpenAsync(chromium, Page(model), width);
        foreach (string pass in (string[])["Backward and update", "Forward"])
        {
            await report.Page.GetByRole(AriaRole.Radio, new() { Name = pass }).ClickAsync();
            await AssertFitsAsync(report);
        }

        await report.Page.SetViewportSizeAsync(width - 60, 900);
        await report.Page.EvaluateAsync("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
        await AssertFitsAsync(report);
    }

    [SkippableFact]
    public async Task ItZoomsAndMoves()
    {
        await using var report = await OpenReport.OpenAsync(chromium, Page(Shallow));
        var page = report.Page;
        var whole = (await page.Locator(".graph-svg").BoundingBoxAsync())!;
        var zoomOut = page.GetByRole(AriaRole.Button, new() { Name = "Zoom the graph out" });
        Assert.True(await zoomOut.IsDisabledAsync());

        await page.GetByRole(AriaRole.Button, new() { Name = "Zoom the graph in" }).ClickAsync();
        var zoomed = (await page.Locator(".graph-svg").BoundingBoxAsync())!;
        Assert.Equal(1.4, zoomed.Width / whole.Width, 0.01);
        await zoomOut.ClickAsync();
        await AssertFitsAsync(report);

        await page.FocusAsync(".graph-view");
        foreach (string key in (string[])["+", "+"])
        {
            await page.Keyboard.PressAsync(key);
        }

        Assert.Equal(1.96, (await page.Locator(".graph-svg").BoundingBoxAsync())!.Width / whole.Width, 0.01);

        // Dragging takes the drawing along; the box in the middle stays the one under the pointer.
        await page.Locator(".graph-view").ScrollIntoViewIfNeededAsync();
        var view = (await page.Locator(".graph-view").BoundingBoxAsync())!;
        double before = await page.EvaluateAsync<double>("() => document.querySelector('.graph-view').scrollTop");
        await page.Mouse.MoveAsync(view.X + (view.Width / 2), view.Y + 300);
        await page.Mouse.DownAsync();
        await page.Mouse.MoveAsync(view.X + (view.Width / 2), view.Y + 220);
        await page.Mouse.UpAsync();
        Assert.Equal(80, await page.EvaluateAsync<double>("() => document.querySelector('.graph-view').scrollTop") - before, 1.0);

        await page.FocusAsync(".graph-view");
        await page.Keyboard.PressAsync("0");
        await AssertFitsAsync(report);
    }

    [SkippableFact]
    public async Task ADoubleClickZoomsInThere()
    {
        await using var report = await OpenReport.OpenAsync(chromium, Page(Deep));
        var box = report.Page.Locator(".box[data-node=layer3_h]");
        await box.ScrollIntoViewIfNeededAsync();
        var before = (await box.BoundingBoxAsync())!;
        await report.Page.Mouse.DblClickAsync(before.X + (before.Width / 2), before.Y + (before.Height / 2));
        var after = (await box.BoundingBoxAsync())!;

        Assert.InRange(after.Width, 1.9f * before.Width, 1000);
        Assert.InRange(before.X + (before.Width / 2), after.X, after.X + after.Width);
        Assert.InRange(before.Y + (before.Height / 2), after.Y, after.Y + after.Height);
        await report.Page.Mouse.DblClickAsync(before.X + (before.Width / 2), before.Y + (before.Height / 2));
        await AssertFitsAsync(report);
    }

    private static ReportData Page(string model) => new(model)
    {
        Models =
        [
            new ModelReport(model, 0)
            {
                Graph = ReportGraph.Of(
                    model == Deep ? EightLayers() : ProgramModels.All.First(e => e.Name == model).Description.Graphs.Training),
            },
        ],
    };

    private static ModelGraph EightLayers()
    {
        var g = new ModelGraphBuilder();
        GraphShape row = GraphShape.Rows(16);
        g.Add("tokens", "Input", GraphShape.Indices).Add("wte", "Parameter", GraphShape.Matrix(27, 16))
            .Add("x", "Embed", row, "wte", "tokens");
        for (int layer = 0; layer < 8; layer++)
        {
            string x = layer == 0 ? "x" : $"layer{layer - 1}_x_out";
            string Name(string local) => $"layer{layer}_{local}";
            g.Add(Name("n"), "RmsNorm", row, x);
            foreach (string part in (string[])["q", "k", "v"])
            {
                g.Add(Name(part), "Linear", row, Name("n"), "wte");
            }

            g.Add(Name("y"), "Attention", row, Name("q"), Name("k"), Name("v")).Add(Name("x_mid"), "Linear", row, Name("y"), "wte", x);
            g.Add(Name("m"), "RmsNorm", row, Name("x_mid")).Add(Name("h"), "Linear", row, Name("m"), "wte");
            g.Add(Name("x_out"), "Linear", row, Name("h"), "wte", Name("x_mid"));
        }

        g.Add("logits", "Linear", GraphShape.Rows(27), "layer7_x_out", "wte");
        g.Backward();
        g.Add("dlogits", "CrossEntropyGrad", GraphShape.Rows(27), "logits")
            .Add("wte_updated", "LinearSgd", GraphShape.Matrix(27, 16), "wte", "dlogits");
        return g.Build("logits", "wte_updated");
    }

    private static async Task AssertFitsAsync(OpenReport report)
    {
        var view = (await report.Page.Locator(".graph-view").BoundingBoxAsync())!;
        var drawing = (await report.Page.Locator(".graph-svg").BoundingBoxAsync())!;
        Assert.InRange(drawing.X, view.X, view.X + view.Width);
        Assert.InRange(drawing.X + drawing.Width, view.X, view.X + view.Width + 0.5f);
        Assert.InRange(drawing.Y + drawing.Height, view.Y, view.Y + view.Height + 0.5f);
        int[] scrolls = await report.Page.EvaluateAsync<int[]>(
            "() => { const v = document.querySelector('.graph-view'); return [v.scrollWidth - v.clientWidth, "
                + "v.scrollHeight - v.clientHeight]; }");
        Assert.Equal([0, 0], scrolls);
    }
}
