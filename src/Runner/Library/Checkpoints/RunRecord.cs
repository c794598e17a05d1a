using System.IO.Hashing;
using System.Text;
using System.Text.Json.Serialization;
using MicroGpt.Runner.Data;
using MicroGpt.Runner.Evaluation;
using MicroGpt.Runner.Randomness;
using MicroGpt.Runner.Training;

namespace MicroGpt.Runner.Checkpoints;

/// <summary>All of a run but the numbers of the model: what it was told, and where it is.</summary>
public sealed record RunRecord
{
    /// <summary>The spec of the model.</summary>
    public required SpecRecord Spec { get; init; }

    /// <summary>The text, and how it became tokens.</summary>
    public required DataRecord Data { get; init; }

    /// <summary>The tokenizer.</summary>
    public required TokenizerDescription Tokenizer { get; init; }

    /// <summary>What the run was told.</summary>
    public required TrainingSettings Settings { get; init; }

    /// <summary>How it saves itself.</summary>
    public required SaveSettings Save { get; init; }

    /// <summary>How many samples it prints, and how daring.</summary>
    public required SampleRecord Samples { get; init; }

    /// <summary>Steps done.</summary>
    public required int Step { get; init; }

    /// <summary>Steps of the optimizer: those after which its corrections are made.</summary>
    public required long OptimizerSteps { get; init; }

    /// <summary>Items (documents, windows) that were trained on.</summary>
    public required long Item { get; init; }

    /// <summary>The main random stream.</summary>
    public required RandomStreamState Random { get; init; }

    /// <summary>The random stream of the windows; null where the items are documents.</summary>
    public required RandomStreamState? Windows { get; init; }

    /// <summary>The last losses.</summary>
    public required LossWindowState Losses { get; init; }

    /// <summary>The held-out losses; null where nothing is held out.</summary>
    public required ValidationState? Validation { get; init; }

    /// <summary>Width of the vectors that computed it: another one rounds otherwise.</summary>
    public required int VectorBits { get; init; }
}

/// <summary>A spec: the numbers that make a model, and a fingerprint of what it computes.</summary>
/// <param name="Name">Name of the spec class.</param>
/// <param name="Architecture">"GPT" or "MLP".</param>
/// <param name="VocabSize">Number of tokens.</param>
/// <param name="BlockSize">Most positions of a document; null for no limit.</param>
/// <param name="NEmbd">Width.</param>
/// <param name="NHead">Heads.</param>
/// <param name="NLayer">Layers.</param>
/// <param name="Precision">Type of the parameters.</param>
/// <param name="Optimizer">The update that is compiled in.</param>
/// <param name="Forward">The XXH128 of the forward pass as text: what is computed, whatever the numbers.</param>
public sealed record SpecRecord(
    string Name,
    string Architecture,
    int VocabSize,
    int? BlockSize,
    int NEmbd,
    int NHead,
    int NLayer,
    Precision Precision,
    Optimizer Optimizer,
    string Forward)
{
    /// <summary>The spec of a compiled model.</summary>
    public static SpecRecord Of(ModelDescription model) => new(
        model.Name,
        model.Architecture,
        model.VocabSize,
        model.BlockSize,
        model.NEmbd,
        model.NHead,
        model.NLayer,
        model.Precision,
        model.Optimizer,
        Convert.ToHexStringLower(XxHash128.Hash(Encoding.UTF8.GetBytes(model.Graphs.Forward.ToText()))));
}

/// <summary>The text of a run.</summary>
/// <param name="Settings">Where it is from, and how it was divided.</param>
/// <param name="Source">What messages call it.</param>
/// <param name="Hash">Its hash.</param>
public sealed record DataRecord(DataSettings Settings, string Source, string Hash);

/// <summary>How a run saves itself.</summary>
/// <param name="Every">Steps from one checkpoint to the next; null for a tenth of the run.</param>
/// <param name="Keep">Numbered checkpoints that are kept beside the latest one.</param>
public sealed record SaveSettings(int? Every = null, int Keep = 0);

/// <summary>What a run prints at its end.</summary>
/// <param name="Count">Number of samples.</param>
/// <param name="Temperature">Their temperature.</param>
public sealed record SampleRecord(int Count, double Temperature);

/// <summary>Reads and writes the record as JSON: these types and no others, and nothing that is not known.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UseStringEnumConverter = true,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    IgnoreReadOnlyProperties = true)]
[JsonSerializable(typeof(RunRecord))]
internal sealed partial class RunRecordJson : JsonSerializerContext;
