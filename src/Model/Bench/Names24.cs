namespace MicroGpt.Bench;

/// <summary>A width that is no multiple of the widest vector, with three heads and two layers.</summary>
[GptModel(VocabSize = 27, BlockSize = 16, NEmbd = 24, NHead = 3, NLayer = 2)]
public sealed partial class Names24;
