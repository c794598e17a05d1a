namespace MicroGpt.Bench;

/// <summary>A narrow model of many words: nearly all of its work is the last product and the loss.</summary>
[GptModel(VocabSize = 50304, BlockSize = 64, NEmbd = 128, NHead = 4, NLayer = 2)]
public sealed partial class Words128;
