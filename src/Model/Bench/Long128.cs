namespace MicroGpt.Bench;

/// <summary>Narrow heads over long documents.</summary>
[GptModel(VocabSize = 65, BlockSize = 1024, NEmbd = 128, NHead = 8, NLayer = 2)]
public sealed partial class Long128;
