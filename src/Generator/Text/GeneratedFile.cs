namespace MicroGpt.Generator.Text;

/// <summary>One file of generated C#.</summary>
/// <param name="HintName">Its name, such as <c>NamesGpt.Forward.g.cs</c>.</param>
/// <param name="Text">Its content, with <c>\n</c> newlines.</param>
internal sealed record GeneratedFile(string HintName, string Text);
