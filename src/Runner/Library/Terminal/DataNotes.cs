using MicroGpt.Runner.Data;

namespace MicroGpt.Runner.Terminal;

/// <summary>Says what of the data is not used.</summary>
internal static class DataNotes
{
    /// <summary>Writes a line for each thing that is left out.</summary>
    /// <param name="error">Where to write.</param>
    /// <param name="corpus">The data.</param>
    /// <param name="models">The models to be trained on it.</param>
    public static void Write(TextWriter error, Corpus corpus, params IEnumerable<ModelDescription> models)
    {
        WriteSkipped(error, corpus.SkippedFiles);
        foreach (int? blockSize in models.Select(model => model.BlockSize).Distinct())
        {
            if (Truncation.Of(corpus, blockSize) is Truncation truncation)
            {
                error.WriteLine($"warning: {truncation}.");
            }
        }
    }

    /// <summary>Says which files are no text.</summary>
    public static void WriteSkipped(TextWriter error, IReadOnlyList<string> files)
    {
        if (files.Count > 0)
        {
            string others = files.Count > 1 ? FormattableString.Invariant($" and {files.Count - 1:N0} more") : "";
            error.WriteLine($"warning: {files[0]}{others} {(files.Count == 1 ? "is" : "are")} left out: not UTF-8 text.");
        }
    }
}
