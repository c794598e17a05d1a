namespace MicroGpt.Generator.Tests.Snapshots;

/// <summary>One expected file.</summary>
/// <param name="Suffix">What follows <c>TestClass.TestMethod</c> in its name, such as <c>#NamesGpt.Forward.g</c>.</param>
/// <param name="Extension"><c>cs</c> or <c>txt</c>.</param>
/// <param name="Text">Its content, without the byte-order mark.</param>
internal sealed record Snapshot(string Suffix, string Extension, string Text)
{
    public static Snapshot OfSource(string hintName, string source) => new(
        "#" + Path.GetFileNameWithoutExtension(hintName), "cs", $"//HintName: {hintName}\n{source}");

    public static Snapshot OfText(string text) => new("", "txt", text);

    public string FileName(string test, string kind) => $"{test}{Suffix}.{kind}.{Extension}";
}

/// <summary>Whether snapshots are accepted instead of compared.</summary>
internal enum SnapshotAcceptance
{
    Compare,
    Accept,

    /// <summary>Accepting was asked for where nobody reviews the result.</summary>
    Refused,
}

/// <summary>How accepting is asked for.</summary>
internal static class Accepting
{
    /// <summary>The environment variable that accepts when it is 1.</summary>
    public const string Variable = "MICROGPT_ACCEPT_SNAPSHOTS";

    /// <summary>Reads <see cref="Variable"/>, and <c>CI</c>, which refuses it when set.</summary>
    public static SnapshotAcceptance FromEnvironment(Func<string, string?> variable) =>
        variable(Variable) != "1" ? SnapshotAcceptance.Compare
        : string.IsNullOrEmpty(variable("CI")) ? SnapshotAcceptance.Accept
        : SnapshotAcceptance.Refused;
}

/// <summary>A snapshot does not match; the message is a line diff or says what to do.</summary>
internal sealed class SnapshotException(string message) : Exception(message);
