namespace MicroGpt.Bench;

/// <summary>A small model with narrow heads over documents of middle length.</summary>
[GptModel(VocabSize = 65, BlockSize = 256, NEmbd = 64, NHead = 4, NLayer = 2)]
public sealed partial class Long64;
