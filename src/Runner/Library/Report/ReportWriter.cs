using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using MicroGpt.Runner.Files;

namespace MicroGpt.Runner.Report;

/// <summary>
/// Writes a report as one HTML file that needs nothing else: no network, no server, no second file. The page's sources
/// lie in <c>Report/Page</c> and are embedded in the program; its data is embedded in the page as JSON.
/// </summary>
public static partial class ReportWriter
{
    private const string ResourcePrefix = "MicroGpt.Runner.Report.Page.";
    private const string DataElement = "<script type=\"application/json\" id=\"report-data\">";

    /// <summary>
    /// Writes the page to a temporary name beside <paramref name="path"/> and renames it, so that an older report is
    /// either replaced by a whole new one or kept.
    /// </summary>
    /// <param name="path">The file to write; its folder must exist.</param>
    /// <param name="data">What the page shows.</param>
    /// <exception cref="RunnerException">The file cannot be written.</exception>
    public static void Write(string path, ReportData data)
    {
        string html = Render(data);
        try
        {
            AtomicFile.WriteText(path, html);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw RunnerException.Failure($"The report cannot be written to {path}: {e.Message}", e);
        }
    }

    /// <summary>Finds out whether a report can be written, so that nobody trains first and learns it afterwards.</summary>
    /// <param name="path">The file that <see cref="Write"/> will be given.</param>
    /// <exception cref="RunnerException">It cannot be written: the message says why.</exception>
    public static void CheckWritable(string path) => AtomicFile.CheckWritable("--report", path);

    /// <summary>The whole page as text.</summary>
    /// <exception cref="ArgumentException">A series has not one loss (and one learning rate) for each of its steps.</exception>
    public static string Render(ReportData data)
    {
        Check(data);
        string page = Resource("report.html");
        page = Title().Replace(page, match => match.Groups[1].Value + HtmlText(data.Title) + match.Groups[2].Value);
        page = StyleSheet().Replace(page, match => "<style>\n" + Resource(match.Groups[1].Value) + "</style>");
        page = Script().Replace(page, match => "<script>\n" + Resource(match.Groups[1].Value) + "</script>");

        // The serialiser escapes '<', '>' and '&', so no text in the data can end the element that holds it.
        string json = JsonSerializer.Serialize(data, ReportJson.Default.ReportData);
        return page.Replace(DataElement, DataElement + json, StringComparison.Ordinal);
    }

    private static void Check(ReportData data)
    {
        foreach (var series in data.Series)
        {
            if (series.Losses.Count != series.Steps.Count)
            {
                throw new ArgumentException($"Series '{series.Name}' has {series.Steps.Count} steps and {series.Losses.Count} losses.");
            }

            if (series.LearningRates is { } rates && rates.Count != series.Steps.Count)
            {
                throw new ArgumentException($"Series '{series.Name}' has {series.Steps.Count} steps and {rates.Count} learning rates.");
            }
        }
    }

    private static string HtmlText(string text) => System.Net.WebUtility.HtmlEncode(text);

    private static string Resource(string name)
    {
        using var stream = typeof(ReportWriter).Assembly.GetManifestResourceStream(ResourcePrefix + name)
            ?? throw new InvalidOperationException($"'{name}' is not embedded in the program.");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return reader.ReadToEnd();
    }

    [GeneratedRegex("(<title>).*?(</title>)")]
    private static partial Regex Title();

    [GeneratedRegex("<link rel=\"stylesheet\" href=\"([^\"]+)\">")]
    private static partial Regex StyleSheet();

    [GeneratedRegex("<script src=\"([^\"]+)\"></script>")]
    private static partial Regex Script();
}
