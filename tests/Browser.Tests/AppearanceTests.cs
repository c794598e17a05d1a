using System.Globalization;
using MicroGpt.Runner.Report;
using Microsoft.Playwright;
using Xunit;

namespace MicroGpt.Browser.Tests;

/// <summary>Readable in the light and in the dark, on a desk and on a phone.</summary>
[Collection(BrowserCollection.Name)]
public sealed class AppearanceTests(Chromium chromium)
{
    // For every piece of text that can be seen: "contrast|text|element", against what is painted behind it.
    private const string TextContrasts =
        """
        () => {
          const rgba = (text) => (text.match(/[\d.]+/g) ?? [0, 0, 0, 0]).map(Number);
          const over = ([r, g, b, a = 1], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a)];
          const luminance = (c) => c.map((v) => v / 255).map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
            .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
          const behind = (element) => {
            const layers = [];
            for (let e = element; e; e = e.parentElement) {
              const box = e.matches("g.box") ? e.querySelector("rect") : null;
              const colour = rgba(box ? getComputedStyle(box).fill : getComputedStyle(e).backgroundColor);
              layers.push(colour.length < 4 ? [...colour, 1] : colour);
              if (layers[layers.length - 1][3] === 1) break;
            }
            return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255]);
          };
          const found = [];
          const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          while (walker.nextNode()) {
            const text = walker.currentNode.textContent.trim(), e = walker.currentNode.parentElement;
            if (!text || e.closest("script, noscript, title, .visually-hidden, .skip")) continue;
            const bounds = e.getBoundingClientRect(), style = getComputedStyle(e);
            if (!bounds.width || style.visibility === "hidden") continue;
            const below = behind(e);
            const ink = over(rgba(e instanceof SVGElement ? style.fill : style.color), below);
            const [high, low] = [luminance(ink), luminance(below)].sort((p, q) => q - p);
            found.push(`${((high + 0.05) / (low + 0.05)).toFixed(3)}|${text}|${e.nodeName}.${e.getAttribute("class")}`);
          }
          return found;
        }
        """;

    [SkippableTheory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task TextHasContrast(ColorScheme scheme)
    {
        await using var report = await OpenReport.OpenAsync(chromium, SampleReport.Small, scheme: scheme);
        var page = report.Page;
        Assert.Equal(
            scheme == ColorScheme.Dark, await page.EvaluateAsync<bool>("() => matchMedia('(prefers-color-scheme: dark)').matches"));
        await page.ClickAsync("#legend [data-baseline=uniform]"); // a toggle that is off
        await page.ClickAsync("#tab-0");
        await page.ClickAsync("#tab-1");
        await page.EvaluateAsync("() => document.querySelectorAll('[role=tabpanel]').forEach((panel) => { panel.hidden = false; })");
        await report.HoverAsync(20);

        string[] texts = await page.EvaluateAsync<string[]>(TextContrasts);

        Assert.True(texts.Length > 100, $"only {texts.Length} pieces of text were found");
        Assert.DoesNotContain(texts, text => double.Parse(text.Split('|')[0], CultureInfo.InvariantCulture) < 4.5);
    }

    [SkippableTheory]
    [InlineData(ColorScheme.Light)]
    [InlineData(ColorScheme.Dark)]
    public async Task SeriesColoursStandOutAndDifferForEveryKindOfColourVision(ColorScheme scheme)
    {
        await using var report = await OpenReport.OpenAsync(chromium, SampleReport.Small, scheme: scheme);
        async Task<Colour> VariableAsync(string name) => Colour.Parse(await report.Page.EvaluateAsync<string>(
            "(name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim()", name));

        var card = await VariableAsync("--card");
        var colours = new List<Colour>();
        for (int role = 0; role < LossSeries.ColourRoles; role++)
        {
            colours.Add(await VariableAsync($"--series-{role}"));
        }

        Assert.All(colours, colour => Assert.InRange(Colour.Contrast(colour, card), 3, 21));
        for (int i = 0; i < colours.Count; i++)
        {
            for (int j = 0; j < i; j++)
            {
                Assert.True(Colour.Distance(colours[i], colours[j]) > 0.09, $"series colours {j} and {i} are too alike");
            }
        }
    }

    [SkippableTheory]
    [InlineData(320)]
    [InlineData(360)]
    [InlineData(768)]
    [InlineData(1280)]
    public async Task NothingIsWiderThanTheScreen(int width)
    {
        await using var report = await OpenReport.OpenAsync(chromium, SampleReport.Small, width);
        foreach (int tab in (int[])[1, 0])
        {
            await report.Page.ClickAsync($"#tab-{tab}");
            await report.HoverAsync(38);
            Assert.InRange(await report.Page.EvaluateAsync<int>("() => document.documentElement.scrollWidth"), 1, width);
        }
    }

    [SkippableFact]
    public async Task FocusIsSeen()
    {
        await using var report = await OpenReport.OpenAsync(chromium, SampleReport.Small);
        for (int i = 0; i < 12; i++)
        {
            await report.Page.Keyboard.PressAsync("Tab");
            Assert.Equal("solid", await report.Page.EvaluateAsync<string>("() => getComputedStyle(document.activeElement).outlineStyle"));
        }
    }
}
