namespace MicroGpt.Runner.Commands;

/// <summary>What every command is given.</summary>
/// <param name="Models">The compiled models that can be named.</param>
/// <param name="Console">Where to write.</param>
internal sealed record CommandContext(IReadOnlyList<ModelEntry> Models, RunnerConsole Console);
