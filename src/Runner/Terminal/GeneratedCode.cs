namespace MicroGpt.Runner.Terminal;

/// <summary>Finds the generated C# of a model on disk, for the reader to open.</summary>
internal static class GeneratedCode
{
    // bin/Release/net10.0 is three levels below a project, and projects lie a level or two below their repository.
    private const int LevelsToClimb = 6;

    private static readonly string Folder = Path.Combine("obj", "Generated");

    /// <summary>
    /// The folder that holds <c>{name}.*.g.cs</c>, in <c>obj/Generated</c> of the project that the program was built from or
    /// of a project beside it, relative to the current directory; null when there is none, as for an installed program.
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
            string generated = Path.Combine(project, Folder);
            if (!Directory.Exists(generated))
            {
                continue;
            }

            foreach (string file in Directory.EnumerateFiles(generated, modelName + ".*.g.cs", SearchOption.AllDirectories))
            {
                return Path.GetRelativePath(Environment.CurrentDirectory, Path.GetDirectoryName(file)!);
            }
        }

        return null;
    }
}
