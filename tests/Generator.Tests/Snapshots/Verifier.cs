using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;

namespace MicroGpt.Generator.Tests.Snapshots;

/// <summary>
/// Snapshot tests in the file format of Verify.SourceGenerators: <c>public Task Emits() =&gt; Verify(driver);</c>. A test class
/// lies in a file of its own name, from which the snapshots take theirs.
/// </summary>
internal static class Verifier
{
    /// <summary>Compares the files that a driver generated with the <c>.verified.cs</c> files of the test.</summary>
    public static SnapshotTask Verify(
        GeneratorDriver driver, [CallerFilePath] string sourceFile = "", [CallerMemberName] string method = "")
    {
        GeneratorDriverRunResult result = driver.GetRunResult();
        return new SnapshotTask(sourceFile, method, ignore =>
        {
            if (!result.Diagnostics.IsEmpty)
            {
                throw new SnapshotException("The generator reported diagnostics; assert them by id, span and message:\n"
                    + string.Join("\n", result.Diagnostics));
            }

            return [.. result.Results
                .SelectMany(r => r.GeneratedSources)
                .Where(source => !ignore(source))
                .Select(source => Snapshot.OfSource(source.HintName, source.SourceText.ToString()))];
        });
    }

    /// <summary>Compares a text, such as a printed graph, with the <c>.verified.txt</c> file of the test.</summary>
    public static SnapshotTask Verify(
        string text, [CallerFilePath] string sourceFile = "", [CallerMemberName] string method = "") =>
        new(sourceFile, method, _ => [Snapshot.OfText(text)]);
}

/// <summary>A comparison that runs when it is awaited or becomes the test's task, after it has been configured.</summary>
internal sealed class SnapshotTask(
    string sourceFile, string method, Func<Func<GeneratedSourceResult, bool>, IReadOnlyList<Snapshot>> snapshots)
{
    private Func<GeneratedSourceResult, bool> _ignore = _ => false;
    private string _directory = "";

    /// <summary>Leaves out the generated files for which the function answers true.</summary>
    public SnapshotTask IgnoreGeneratedResult(Func<GeneratedSourceResult, bool> ignore)
    {
        Func<GeneratedSourceResult, bool> before = _ignore;
        _ignore = source => before(source) || ignore(source);
        return this;
    }

    /// <summary>Keeps the snapshots in a folder below the test's own.</summary>
    public SnapshotTask UseDirectory(string directory)
    {
        _directory = directory;
        return this;
    }

    public Task ToTask()
    {
        var folder = new SnapshotFolder(
            Path.Combine(Path.GetDirectoryName(sourceFile)!, _directory),
            Path.GetFileNameWithoutExtension(sourceFile) + "." + method);
        folder.Verify(snapshots(_ignore), Accepting.FromEnvironment(Environment.GetEnvironmentVariable));
        return Task.CompletedTask;
    }

    public TaskAwaiter GetAwaiter() => ToTask().GetAwaiter();

    public static implicit operator Task(SnapshotTask task) => task.ToTask();
}
