namespace MicroGpt.Generator.Spec;

/// <summary>Where an editor finds the page of a diagnostic.</summary>
internal static class HelpLinks
{
    /// <summary>The folder of <c>docs/diagnostics</c> as it is published: the one place that knows the project's address.</summary>
    public const string Folder = "https://github.com/microgpt/microgpt/blob/main/docs/diagnostics/";
}
