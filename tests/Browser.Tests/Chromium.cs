using Microsoft.Playwright;
using Xunit;

namespace MicroGpt.Browser.Tests;

/// <summary>
/// One headless Chromium for all tests: the system's, since Playwright's own would have to be downloaded. Without one the
/// tests are skipped and say so; where the environment variable CI is set they fail.
/// </summary>
public sealed class Chromium : IAsyncLifetime
{
    /// <summary>Environment variable with the browser to use, in place of the one found on the path.</summary>
    public const string PathVariable = "MICROGPT_CHROMIUM";

    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome"];

    private readonly string folder = Directory.CreateTempSubdirectory("microgpt-browser-").FullName;
    private IPlaywright? playwright;
    private IBrowser? browser;

    public async Task InitializeAsync()
    {
        if (Find() is not string path)
        {
            return;
        }

        playwright = await Playwright.CreateAsync();
        browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = path,
            Args =
            [
                "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
                "--disable-sync", "--no-first-run",
            ],
        });
    }

    public async Task DisposeAsync()
    {
        if (browser is not null)
        {
            await browser.DisposeAsync();
        }

        playwright?.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    /// <summary>The browser; skips the test where there is none, or fails it in CI.</summary>
    public IBrowser Browser
    {
        get
        {
            if (browser is null)
            {
                string reason = $"no Chromium on the path ({string.Join(", ", Names)}) and none named by {PathVariable}";
                Assert.True(string.IsNullOrEmpty(Environment.GetEnvironmentVariable("CI")), $"The browser tests cannot run: {reason}.");
                Skip.If(true, reason);
            }

            return browser!;
        }
    }

    /// <summary>Writes text to a file of its own, for opening from disk.</summary>
    public string NewFile(string name) => Path.Combine(folder, $"{Guid.NewGuid():N}-{name}");

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable(PathVariable) is { Length: > 0 } named)
        {
            return named;
        }

        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries);
        string[] names = OperatingSystem.IsWindows() ? [.. Names.Select(name => name + ".exe")] : Names;
        return names.SelectMany(name => folders.Select(f => Path.Combine(f, name))).FirstOrDefault(File.Exists);
    }
}

/// <summary>Tests that share the browser.</summary>
[CollectionDefinition(Name)]
public sealed class BrowserCollection : ICollectionFixture<Chromium>
{
    public const string Name = "browser";
}
