using MicroGpt.Runner.Checkpoints;
using MicroGpt.Runner.Data;
using MicroGpt.Runner.Logs;
using MicroGpt.Runner.Training;

namespace MicroGpt.Runner.Commands;

/// <summary>What <c>train</c> was asked for.</summary>
internal sealed record TrainArguments
{
    public required ModelEntry Model { get; init; }

    public required DataSettings Data { get; init; }

    public required TrainingSettings Settings { get; init; }

    public int? Epochs { get; init; }

    public LossLogSettings? Log { get; init; }

    public bool IsQuiet { get; init; }

    /// <summary>The file that is told when the steps were done; null for none.</summary>
    public string? Times { get; init; }

    public string? Report { get; init; }

    public IReadOnlyList<string> Inspect { get; init; } = [];

    public required SampleRecord Samples { get; init; }

    /// <summary>Whether samples are wanted even of a run that is interrupted.</summary>
    public bool SamplesAreGiven { get; init; }

    /// <summary>The folder that the run saves itself in; null for none.</summary>
    public string? Folder { get; init; }

    public SaveSettings Save { get; init; } = new();

    public int? StopAt { get; init; }

    public bool Overwrite { get; init; }

    /// <summary>The checkpoint to go on from.</summary>
    public CheckpointFile? Resumed { get; init; }

    /// <summary>The weights that a new run starts from, with their tokenizer where the file has one.</summary>
    public InitialWeights? Init { get; init; }

    /// <summary>The file that says how those weights are called; null for none.</summary>
    public string? Names { get; init; }

    /// <summary>Whether anything of the run outlives its output.</summary>
    public bool LeavesFiles => (Folder ?? Log?.Path ?? Report) is not null;
}
