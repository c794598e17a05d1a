using MicroGpt.Runner.Comparison;

namespace MicroGpt.Runner.Commands;

/// <summary>What every command is given.</summary>
/// <param name="Models">The compiled models that can be named.</param>
/// <param name="Course">The steps of the course that the program brings along; empty where it has none.</param>
/// <param name="Console">Where to write.</param>
internal sealed record CommandContext(IReadOnlyList<ModelEntry> Models, IReadOnlyList<CourseStep> Course, RunnerConsole Console);
