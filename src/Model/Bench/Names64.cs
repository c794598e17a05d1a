namespace MicroGpt.Bench;

/// <summary>Four times the default model's width.</summary>
[GptModel(VocabSize = 27, BlockSize = 16, NEmbd = 64, NHead = 4, NLayer = 1)]
public sealed partial class Names64;
