namespace MicroGpt.Bench;

/// <summary>A small character model: four layers, trained on full blocks.</summary>
[GptModel(VocabSize = 65, BlockSize = 64, NEmbd = 128, NHead = 4, NLayer = 4)]
public sealed partial class Chars128;
