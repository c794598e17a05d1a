using System.Globalization;
using Xunit;

namespace MicroGpt.Browser.Tests;

/// <summary>The loss chart under the pointer and the keyboard.</summary>
[Collection(BrowserCollection.Name)]
public sealed class ChartTests(Chromium chromium)
{
    [SkippableFact]
    public async Task HoveringShowsEverySeriesAtThatStep()
    {
        await using var report = await OpenReport.OpenAsync(chromium, SampleReport.Small);
        foreach (int step in (int[])[1, 7, 25, SampleReport.Steps])
        {
            await report.HoverAsync(step);

            Assert.Equal($"step {step} · name{step}", await report.StepReadAsync());
            var values = await report.ReadOutAsync();
            Assert.Equal(Shown(SampleReport.Low[step - 1]), values["low"][^1]);
            Assert.Equal(Shown(SampleReport.High[step - 1]), values["high"][^1]);
            Assert.Equal(step <= 10 ? Shown(SampleReport.Low[step - 1] + 0.25) : "–", values["short"][^1]);
        }

        await report.Page.Mouse.MoveAsync(5, 5);
        Assert.True(await report.Page.Locator("#tooltip").IsHiddenAsync());
    }

    [SkippableFact]
    public async Task TheCrossHairLiesOnTheCurves()
    {
        await using var report = await OpenReport.OpenAsync(chromium, SampleReport.Small);
        await report.Page.ClickAsync("[data-mode=raw]");
        await report.HoverAsync(13);

        var axes = await report.AxesAsync();
        var dot = report.Page.Locator("#cross-hair .dot[data-series=high]");
        Assert.Equal(axes.X(13), Number(await dot.GetAttributeAsync("cx")), 0.01);
        Assert.Equal(axes.Y(SampleReport.High[12]), Number(await dot.GetAttributeAsync("cy")), 0.01);
        var curve = await report.CurveAsync("high", "raw");
        Assert.Equal(SampleReport.Steps, curve.Length);
        Assert.Equal(axes.X(13), curve[12].X, 0.06);
        Assert.Equal(axes.Y(SampleReport.High[12]), curve[12].Y, 0.06);
    }

    [SkippableFact]
    public async Task AToggleHidesItsSeriesAndRescales()
    {
        await using var report = await OpenReport.OpenAsync(chromium, SampleReport.Small);
        await report.Page.ClickAsync("[data-mode=raw]");
        var before = await report.AxesAsync();
        Assert.True(before.HighLoss > SampleReport.High.Max());

        var toggle = report.Page.Locator("#legend [data-series=high]");
        await toggle.ClickAsync();

        Assert.Equal("false", await toggle.GetAttributeAsync("aria-pressed"));
        Assert.Equal(0, await report.Page.Locator("path.curve[data-series=high]").CountAsync());
        var after = await report.AxesAsync();
        double highest = SampleReport.Low.Take(10).Max() + 0.25;
        Assert.InRange(after.HighLoss, highest, highest + 0.1);
        await report.HoverAsync(5);
        Assert.Equal(["low", "short"], (await report.ReadOutAsync()).Keys);

        await toggle.ClickAsync();
        Assert.Equal(before, await report.AxesAsync());
    }

    [SkippableFact]
    public async Task ABaselineIsALineThatCanBeHidden()
    {
        await using var report = await OpenReport.OpenAsync(chromium, SampleReport.Small);
        var axes = await report.AxesAsync();
        var line = report.Page.Locator("line.baseline[data-baseline=unigram]");
        Assert.Equal(axes.Y(2.8227), Number(await line.GetAttributeAsync("y1")), 0.01);

        await report.Page.ClickAsync("#legend [data-baseline=unigram]");

        Assert.Equal(0, await line.CountAsync());
        Assert.Equal(2, await report.Page.Locator("#chart line.baseline").CountAsync());
    }

    [SkippableTheory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(10)]
    public async Task SmoothingDrawsTheMovingAverage(int width)
    {
        await using var report = await OpenReport.OpenAsync(chromium, SampleReport.Small);
        await report.Page.FillAsync("#width", width.ToString(CultureInfo.InvariantCulture));

        var axes = await report.AxesAsync();
        var curve = await report.CurveAsync("low", width == 1 ? "raw" : "smoothed");
        for (int i = 0; i < SampleReport.Steps; i++)
        {
            int from = Math.Max(0, i + 1 - width);
            double mean = SampleReport.Low[from..(i + 1)].Average();
            Assert.Equal(axes.Y(mean), curve[i].Y, 0.06);
        }

        await report.HoverAsync(30);
        Assert.Equal(SampleReport.Low[(30 - width)..30].Average(), Number((await report.ReadOutAsync())["low"][0]), 6e-5);
    }

    [SkippableFact]
    public async Task BothDrawsTheLossesBehindTheirAverage()
    {
        await using var report = await OpenReport.OpenAsync(chromium, SampleReport.Small);
        await report.Page.FillAsync("#width", "5");
        await report.Page.ClickAsync("[data-mode=both]");

        var raw = await report.CurveAsync("low", "raw");
        var smoothed = await report.CurveAsync("low", "smoothed");
        Assert.Equal(raw.Length, smoothed.Length);
        Assert.NotEqual(raw, smoothed);
    }

    [SkippableFact]
    public async Task DraggingZoomsAndADoubleClickShowsAllAgain()
    {
        await using var report = await OpenReport.OpenAsync(chromium, SampleReport.Small);
        var all = await report.AxesAsync();
        await report.HoverAsync(10);
        await report.Page.Mouse.DownAsync();
        await report.HoverAsync(20);
        await report.Page.Mouse.UpAsync();

        var zoomed = await report.AxesAsync();
        Assert.Equal(10, zoomed.FirstStep, 0.1);
        Assert.Equal(20, zoomed.LastStep, 0.1);
        await report.HoverAsync(15);
        Assert.StartsWith("step 15 ", await report.StepReadAsync());

        await report.Page.Locator("#plot").DblClickAsync();
        Assert.Equal(all, await report.AxesAsync());
    }

    [SkippableFact]
    public async Task TheKeyboardMovesTheCrossHairAndZooms()
    {
        await using var report = await OpenReport.OpenAsync(chromium, SampleReport.Small);
        var page = report.Page;
        var all = await report.AxesAsync();
        await page.FocusAsync("#plot");

        await page.Keyboard.PressAsync("ArrowRight");
        Assert.StartsWith("step 1 ", await report.StepReadAsync());
        await page.Keyboard.PressAsync("Shift+ArrowRight");
        await page.Keyboard.PressAsync("ArrowLeft");
        Assert.StartsWith("step 10 ", await report.StepReadAsync());
        Assert.Equal(Shown(SampleReport.Low[9]), (await report.ReadOutAsync())["low"][^1]);
        await page.WaitForFunctionAsync("() => document.getElementById('read-out').textContent.startsWith('Step 10, name10. low: ')");

        await page.Keyboard.PressAsync("+");
        var zoomed = await report.AxesAsync();
        Assert.Equal((all.LastStep - all.FirstStep) / 2, zoomed.LastStep - zoomed.FirstStep, 0.01);
        await page.Keyboard.PressAsync("End"); // the chart follows the cross-hair
        Assert.Equal(SampleReport.Steps, (await report.AxesAsync()).LastStep, 0.01);
        Assert.StartsWith($"step {SampleReport.Steps} ", await report.StepReadAsync());
        await page.Keyboard.PressAsync("Escape");
        Assert.Equal(all, await report.AxesAsync());
    }

    [SkippableFact]
    public async Task ControlsWorkByKeyboard()
    {
        await using var report = await OpenReport.OpenAsync(chromium, SampleReport.Small);
        var page = report.Page;
        await page.FocusAsync("[data-mode=smoothed]");
        await page.Keyboard.PressAsync("ArrowLeft"); // from the first choice to the last
        Assert.Equal("true", await page.GetAttributeAsync("[data-mode=raw]", "aria-checked"));
        Assert.True(await page.EvaluateAsync<bool>("() => document.activeElement.dataset.mode === 'raw'"));

        await page.FocusAsync("#legend [data-series=low]");
        await page.Keyboard.PressAsync("Space");
        Assert.Equal(0, await page.Locator("path.curve[data-series=low]").CountAsync());
    }

    [SkippableFact]
    public async Task ManyPointsBecomeFewAndHoveringMovesOnlyTheCrossHair()
    {
        await using var report = await OpenReport.OpenAsync(chromium, SampleReport.Large);
        var page = report.Page;
        await page.ClickAsync("[data-mode=both]");
        var axes = await report.AxesAsync();
        int columns = (int)Math.Ceiling(axes.Right - axes.Left) + 1;
        for (int s = 0; s < 5; s++)
        {
            foreach (string kind in (string[])["raw", "smoothed"])
            {
                var curve = await report.CurveAsync($"run {s}", kind);
                Assert.InRange(curve.Length, columns, 4 * columns);
            }
        }

        // Thinning keeps the extremes: the curve reaches the run's lowest and highest loss.
        var losses = SampleReport.Large.Series[2].Losses;
        var drawn = await report.CurveAsync("run 2", "raw");
        Assert.Equal(axes.Y(losses.Min()), drawn.Max(point => point.Y), 0.1);
        Assert.Equal(axes.Y(losses.Max()), drawn.Min(point => point.Y), 0.1);

        await report.HoverAsync(100);
        int elements = await page.EvaluateAsync<int>("() => document.querySelectorAll('*').length");
        await page.EvaluateAsync(
            """
            () => {
              window.changes = [];
              new MutationObserver((list) => window.changes.push(...list.map((m) => m.target.nodeName + "." + (m.attributeName ?? "text"))))
                .observe(document.body, { subtree: true, childList: true, characterData: true, attributes: true });
            }
            """);
        const int moves = 20;
        for (int i = 0; i < moves; i++)
        {
            await report.HoverAsync(500 + 450 * i);
        }

        Assert.Equal(elements, await page.EvaluateAsync<int>("() => document.querySelectorAll('*').length"));
        string[] changes = await page.EvaluateAsync<string[]>("() => window.changes");
        Assert.DoesNotContain("path.d", changes);
        Assert.InRange(changes.Length, moves, moves * 40);
    }

    [SkippableFact]
    public async Task HeldOutLossesAreRingsOnTheChart()
    {
        await using var report = await OpenReport.OpenAsync(chromium, SampleReport.WithHeldOut);
        var axes = await report.AxesAsync();
        var rings = report.Page.Locator("circle.held-out");
        // One measurement is not a number and has no place.
        (int Step, double Nats)[] expected = [(10, 3.125), (20, 2.75), (40, 2.5)];
        Assert.Equal(expected.Length, await rings.CountAsync());
        for (int i = 0; i < expected.Length; i++)
        {
            Assert.Equal(axes.X(expected[i].Step), Number(await rings.Nth(i).GetAttributeAsync("cx")), 0.01);
            Assert.Equal(axes.Y(expected[i].Nats), Number(await rings.Nth(i).GetAttributeAsync("cy")), 0.01);
        }

        // Beside the cross-hair stands the last one measured.
        await report.HoverAsync(9);
        Assert.Equal("–", (await report.ReadOutAsync())["low"][^1]);
        await report.HoverAsync(35);
        Assert.Equal("2.7500", (await report.ReadOutAsync())["low"][^1]);
        Assert.Equal("–", (await report.ReadOutAsync())["high"][^1]);

        await report.Page.ClickAsync("#legend [data-held-out]");
        Assert.Equal(0, await rings.CountAsync());
        await report.HoverAsync(20);
        Assert.Equal(Shown(SampleReport.Low[19]), (await report.ReadOutAsync())["low"][^1]);
    }

    private static string Shown(double loss) => loss.ToString("F4", CultureInfo.InvariantCulture);

    private static double Number(string? text) => double.Parse(text!, CultureInfo.InvariantCulture);
}
