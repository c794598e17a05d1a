namespace MicroGpt.Runner.Terminal;

/// <summary>Finds the generated C# of a model on disk, for the reader to open.</summary>
internal static class GeneratedCode
{
    // bin/Release/net10.0 is three levels below a project, and projects lie a level or two below their repository.
    private const int LevelsToClimb = 6;

    /// <summary>
    /// The folder that holds <c>{name}.*.g.cs</c>, in <c>obj/Generated</c> (as this repository has it) or
    /// <c>obj/{configuration}/{framework}/generated</c> (the build's own choice) of the project that the program was built from or of a
    /// project beside it, relative to the current directory; null when there is none, as for an installed program, and where the project
    /// does not have generated files written.
    /// </summary>
    public static string? Find(string modelName)
    {
        try
        {
            var directory = new DirectoryInfo(AppContext.BaseDirectory);
            for (int level = 0; directory is not null && level < LevelsToClimb; level++, directory = directory.Parent)
            {
                if (FindBelow(directory.FullName, modelName) is string found)
                {
                    return found;
                }
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Knowing where the code lies is a convenience; not being allowed to look must not stop a run.
        }

        return null;
    }

    private static string? FindBelow(string directory, string modelName)
    {
        foreach (string project in Directory.EnumerateDirectories(directory).Prepend(directory))
        {
            foreach (string generated in FoldersOf(Path.Combine(project, "obj")))
            {
                foreach (string file in Directory.EnumerateFiles(generated, modelName + ".*.g.cs", SearchOption.AllDirectories))
                {
                    return Path.GetRelativePath(Environment.CurrentDirectory, Path.GetDirectoryName(file)!);
                }
            }
        }

        return null;
    }

    private static IEnumerable<string> FoldersOf(string build)
    {
        if (!Directory.Exists(build))
        {
            return [];
        }

        IEnumerable<string> ofBuild = Directory.EnumerateDirectories(build)
            .SelectMany(configuration => Directory.EnumerateDirectories(configuration))
            .Select(framework => Path.Combine(framework, "generated"));
        return ofBuild.Prepend(Path.Combine(build, "Generated")).Where(Directory.Exists);
    }
}
