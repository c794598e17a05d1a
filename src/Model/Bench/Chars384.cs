namespace MicroGpt.Bench;

/// <summary>2,500 times as many parameters as the default model.</summary>
[GptModel(VocabSize = 65, BlockSize = 256, NEmbd = 384, NHead = 6, NLayer = 6)]
public sealed partial class Chars384;
