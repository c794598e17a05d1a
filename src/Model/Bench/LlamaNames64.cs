namespace MicroGpt.Bench;

/// <summary>Llama's architecture at the size of <see cref="Names64"/>.</summary>
[Model(VocabSize = 27, BlockSize = 16)]
public sealed partial class LlamaNames64() : Llama(vocabulary: 27, width: 64, heads: 4, hidden: 176, layers: 1);
