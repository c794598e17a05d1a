namespace MicroGpt.Bench;

/// <summary>As wide as <see cref="Chars384"/>, with many narrow heads.</summary>
[GptModel(VocabSize = 65, BlockSize = 256, NEmbd = 384, NHead = 24, NLayer = 6)]
public sealed partial class Narrow384;
