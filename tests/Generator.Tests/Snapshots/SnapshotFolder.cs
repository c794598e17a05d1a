using System.Text;
using DiffPlex;
using DiffPlex.Model;

namespace MicroGpt.Generator.Tests.Snapshots;

/// <summary>The snapshots of one test in their folder: UTF-8 with a byte-order mark, <c>\n</c> newlines, compared byte for byte.</summary>
internal sealed class SnapshotFolder(string directory, string test)
{
    private const int ContextLines = 3;
    private static readonly UTF8Encoding Encoding = new(encoderShouldEmitUTF8Identifier: true, throwOnInvalidBytes: true);

    /// <summary>Compares, or accepts. Throws <see cref="SnapshotException"/> with every difference found.</summary>
    public void Verify(IReadOnlyList<Snapshot> snapshots, SnapshotAcceptance acceptance)
    {
        if (acceptance == SnapshotAcceptance.Refused)
        {
            throw new SnapshotException($"{Accepting.Variable} is set, but so is CI: snapshots are accepted by somebody who reads them.");
        }

        var ordered = snapshots.OrderBy(s => s.Suffix, StringComparer.Ordinal).ToList();
        var expected = ordered.Select(s => s.FileName(test, "verified")).ToHashSet(StringComparer.Ordinal);
        var stale = Existing("verified").Where(file => !expected.Contains(Path.GetFileName(file))).ToList();
        Existing("received").ForEach(File.Delete);

        var differences = ordered
            .Select(s => acceptance == SnapshotAcceptance.Accept ? Accept(s) : Compare(s))
            .OfType<string>()
            .ToList();
        if (acceptance == SnapshotAcceptance.Accept)
        {
            stale.ForEach(File.Delete);
        }
        else
        {
            differences.AddRange(
                stale.Select(file => $"{Path.GetFileName(file)}: stale, nothing is generated for it any more. Delete it."));
        }

        if (differences.Count > 0)
        {
            throw new SnapshotException(string.Join("\n\n", differences)
                + $"\n\nTo accept what was generated, run the test with {Accepting.Variable}=1 and review the change.");
        }
    }

    private string? Accept(Snapshot snapshot)
    {
        if (snapshot.Text.Contains('\r'))
        {
            return $"{snapshot.FileName(test, "verified")}: not accepted, the text contains \\r.";
        }

        Write(snapshot, "verified");
        return null;
    }

    private string? Compare(Snapshot snapshot)
    {
        string name = snapshot.FileName(test, "verified");
        string path = Path.Combine(directory, name);
        if (!File.Exists(path))
        {
            Write(snapshot, "received");
            return $"{name}: new, it does not exist yet.\n{Diff("", snapshot.Text)}";
        }

        byte[] verified = File.ReadAllBytes(path);
        if (verified.AsSpan().SequenceEqual(Bytes(snapshot.Text)) && !snapshot.Text.Contains('\r'))
        {
            return null;
        }

        Write(snapshot, "received");
        if (!verified.AsSpan().StartsWith(Encoding.Preamble))
        {
            return $"{name}: has no UTF-8 byte-order mark.";
        }

        string text = Encoding.GetString(verified.AsSpan(Encoding.Preamble.Length));
        return text.Contains('\r') ? $"{name}: contains \\r; the file must have \\n newlines only."
            : snapshot.Text.Contains('\r') ? $"{name}: what was generated contains \\r."
            : $"{name}: differs.\n{Diff(text, snapshot.Text)}";
    }

    private void Write(Snapshot snapshot, string kind)
    {
        Directory.CreateDirectory(directory);
        File.WriteAllBytes(Path.Combine(directory, snapshot.FileName(test, kind)), Bytes(snapshot.Text));
    }

    private static byte[] Bytes(string text) => [.. Encoding.Preamble, .. Encoding.GetBytes(text)];

    private List<string> Existing(string kind) => !Directory.Exists(directory) ? [] :
        [.. Directory.EnumerateFiles(directory).Where(file => IsOfTest(Path.GetFileName(file), kind)).Order(StringComparer.Ordinal)];

    /// <summary>Whether a file is <c>Test.kind.ext</c> or <c>Test#something.kind.ext</c>.</summary>
    private bool IsOfTest(string file, string kind) =>
        file.StartsWith(test + ".", StringComparison.Ordinal) && Path.GetFileNameWithoutExtension(file) == $"{test}.{kind}"
        || file.StartsWith(test + "#", StringComparison.Ordinal)
            && Path.GetFileNameWithoutExtension(file).EndsWith("." + kind, StringComparison.Ordinal);

    /// <summary>The changed lines, each with its number in its text, and some context around them.</summary>
    private static string Diff(string old, string @new)
    {
        DiffResult diff = new Differ().CreateLineDiffs(old, @new, ignoreWhitespace: false);
        var text = new StringBuilder();
        int next = 0;
        for (int block = 0; block < diff.DiffBlocks.Count; block++)
        {
            DiffBlock change = diff.DiffBlocks[block];
            int end = block + 1 < diff.DiffBlocks.Count ? diff.DiffBlocks[block + 1].InsertStartB : diff.PiecesNew.Count;
            int before = Math.Max(next, change.InsertStartB - ContextLines);
            text.Append(before > next && block > 0 ? "      ...\n" : "");
            Print(text, ' ', diff.PiecesNew, before, change.InsertStartB);
            Print(text, '-', diff.PiecesOld, change.DeleteStartA, change.DeleteStartA + change.DeleteCountA);
            next = change.InsertStartB + change.InsertCountB;
            Print(text, '+', diff.PiecesNew, change.InsertStartB, next);
            int after = Math.Min(end, next + ContextLines);
            Print(text, ' ', diff.PiecesNew, next, after);
            next = after;
        }

        return text.ToString().TrimEnd('\n');
    }

    private static void Print(StringBuilder text, char mark, IReadOnlyList<string> lines, int start, int end)
    {
        for (int i = start; i < end; i++)
        {
            text.Append($"{i + 1,5} {mark} {lines[i]}\n");
        }
    }
}
