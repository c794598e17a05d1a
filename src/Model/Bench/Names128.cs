namespace MicroGpt.Bench;

/// <summary>Eight times the default model's width.</summary>
[GptModel(VocabSize = 27, BlockSize = 16, NEmbd = 128, NHead = 4, NLayer = 1)]
public sealed partial class Names128;
