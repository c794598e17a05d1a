using System.Runtime.CompilerServices;

namespace MicroGpt.Generator.Tests.Rooms;

/// <summary>The C# of the repository, but for snapshots, which are the compiler's, and what a build has written.</summary>
internal static class SourceTexts
{
    /// <summary>Each file's path in the repository, and its text.</summary>
    public static IReadOnlyList<(string File, string Text)> All { get; } =
    [
        .. new[] { "src", "tests", "bench" }.SelectMany(folder => Under(Path.Combine(Root(), folder)))
            .Select(file => (Path.GetRelativePath(Root(), file), File.ReadAllText(file))),
    ];

    private static IEnumerable<string> Under(string folder) =>
    [
        .. Directory.EnumerateFiles(folder, "*.cs").Where(file => !file.Contains(".verified.") && !file.Contains(".received.")),
        .. Directory.EnumerateDirectories(folder).Where(inner => Path.GetFileName(inner) is not ("bin" or "obj")).SelectMany(Under),
    ];

    private static string Root([CallerFilePath] string file = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(file)!, "../../.."));
}
