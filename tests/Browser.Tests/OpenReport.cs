using System.Globalization;
using MicroGpt.Runner.Report;
using Microsoft.Playwright;
using Xunit;

namespace MicroGpt.Browser.Tests;

/// <summary>A report, written to disk and opened in a tab of its own that has no network.</summary>
public sealed class OpenReport : IAsyncDisposable
{
    private readonly IBrowserContext context;

    private OpenReport(IBrowserContext context, IPage page)
    {
        this.context = context;
        Page = page;
        page.Console += (_, message) =>
        {
            if (message.Type is "error" or "warning")
            {
                Complaints.Add(message.Text);
            }
        };
        page.PageError += (_, error) => Complaints.Add(error);
        page.Request += (_, request) => Requests.Add(request.Url);
    }

    public IPage Page { get; }

    /// <summary>Errors and warnings of the console.</summary>
    public List<string> Complaints { get; } = [];

    /// <summary>Everything that the page asked for, itself included.</summary>
    public List<string> Requests { get; } = [];

    public static async Task<OpenReport> OpenAsync(
        Chromium chromium, ReportData data, int width = 1280, ColorScheme scheme = ColorScheme.Light)
    {
        string path = chromium.NewFile("report.html");
        var context = await chromium.Browser.NewContextAsync(new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = 900 },
            ColorScheme = scheme,
            Offline = true,
        });
        ReportWriter.Write(path, data);
        var report = new OpenReport(context, await context.NewPageAsync());
        await report.Page.AddInitScriptAsync(
            "window.shifts = 0; new PerformanceObserver((list) => { for (const e of list.getEntries()) window.shifts += e.value; })"
            + ".observe({ type: 'layout-shift', buffered: true });");
        await report.Page.GotoAsync(new Uri(path).AbsoluteUri);
        return report;
    }

    public async ValueTask DisposeAsync() => await context.CloseAsync();

    /// <summary>Moves the pointer over the chart to a step.</summary>
    public async Task HoverAsync(double step)
    {
        await Page.Locator("#plot").ScrollIntoViewIfNeededAsync();
        var axes = await AxesAsync();
        var box = (await Page.Locator("#plot").BoundingBoxAsync())!;
        await Page.Mouse.MoveAsync(box.X + (float)axes.X(step), box.Y + 60);
        await Page.EvaluateAsync("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
    }

    /// <summary>The values beside the cross-hair: of each series the numbers in its row.</summary>
    public async Task<Dictionary<string, string[]>> ReadOutAsync()
    {
        var rows = new Dictionary<string, string[]>();
        foreach (var row in await Page.Locator("#tooltip tbody tr").AllAsync())
        {
            rows[(await row.GetAttributeAsync("data-series"))!] = [.. await row.Locator("td").AllTextContentsAsync()];
        }

        return rows;
    }

    public Task<string> StepReadAsync() => Page.Locator("#tooltip .tooltip-step").InnerTextAsync();

    /// <summary>Where the chart's axes lie, as the drawing states it.</summary>
    public async Task<Axes> AxesAsync()
    {
        var chart = Page.Locator("#chart");
        double[] steps = Numbers(await chart.GetAttributeAsync("data-steps"));
        double[] losses = Numbers(await chart.GetAttributeAsync("data-losses"));
        return new Axes(
            steps[0], steps[1], losses[0], losses[1],
            Numbers(await chart.GetAttributeAsync("data-left"))[0], Numbers(await chart.GetAttributeAsync("data-right"))[0],
            Numbers(await chart.GetAttributeAsync("data-top"))[0], Numbers(await chart.GetAttributeAsync("data-bottom"))[0]);
    }

    /// <summary>The points of a curve, in pixels of the chart.</summary>
    public async Task<(double X, double Y)[]> CurveAsync(string series, string kind)
    {
        string d = (await Page.Locator($"path.curve.{kind}[data-series='{series}']").GetAttributeAsync("d"))!;
        return [.. d.Split(['M', 'L'], StringSplitOptions.RemoveEmptyEntries).Select(point =>
        {
            double[] xy = Numbers(point.Replace(',', ' '));
            return (xy[0], xy[1]);
        })];
    }

    private static double[] Numbers(string? text)
    {
        Assert.NotNull(text);
        return [.. text.Split(' ').Select(number => double.Parse(number, CultureInfo.InvariantCulture))];
    }
}

/// <summary>The chart's axes: the range of each, and the pixels that its ends stand at.</summary>
public sealed record Axes(
    double FirstStep, double LastStep, double LowLoss, double HighLoss, double Left, double Right, double Top, double Bottom)
{
    public double X(double step) => Left + (step - FirstStep) / (LastStep - FirstStep) * (Right - Left);

    public double Y(double loss) => Bottom - (loss - LowLoss) / (HighLoss - LowLoss) * (Bottom - Top);
}
