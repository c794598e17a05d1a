using MicroGpt.Runner.Data;
using MicroGpt.Runner.Training;

namespace MicroGpt.Runner.Commands;

/// <summary>What <c>compare</c> was asked for.</summary>
internal sealed record CompareArguments
{
    public required string Course { get; init; }

    public required IReadOnlyList<string> Models { get; init; }

    public required IReadOnlyList<string> Runs { get; init; }

    public required DataSettings Data { get; init; }

    public required TrainingSettings Settings { get; init; }

    public required int Samples { get; init; }

    public required double Temperature { get; init; }

    public required string? Report { get; init; }

    public required string? Csv { get; init; }

    public required IReadOnlyList<string> Inspect { get; init; }
}
