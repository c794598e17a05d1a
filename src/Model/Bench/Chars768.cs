namespace MicroGpt.Bench;

/// <summary>As wide as <see cref="Words768"/>, without its vocabulary: 14 million parameters.</summary>
[GptModel(VocabSize = 65, BlockSize = 64, NEmbd = 768, NHead = 12, NLayer = 2)]
public sealed partial class Chars768;
