namespace MicroGpt.Bench;

/// <summary>The size of GPT-2's smallest model, on short blocks: 162 million parameters.</summary>
[GptModel(VocabSize = 50304, BlockSize = 64, NEmbd = 768, NHead = 12, NLayer = 12)]
public sealed partial class Words768;
