using MicroGpt.Runner.Data;
using MicroGpt.Runner.Training;

namespace MicroGpt.Runner.Terminal;

/// <summary>Says what of the data is not used.</summary>
internal static class DataNotes
{
    /// <summary>Writes a line for each thing that is left out.</summary>
    public static void Write(TextWriter error, TrainingSession session)
    {
        Corpus corpus = session.Corpus;
        WriteSkipped(error, corpus.SkippedFiles);
        if (Truncation.Of(corpus, session.Model.Description.BlockSize) is Truncation truncation)
        {
            error.WriteLine($"warning: {truncation}.");
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
