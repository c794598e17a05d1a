namespace MicroGpt.Bench;

/// <summary>Llama's architecture at the size of <see cref="Chars384"/>.</summary>
[Model(VocabSize = 65, BlockSize = 256)]
public sealed partial class LlamaChars384() : Llama(vocabulary: 65, width: 384, heads: 6, hidden: 1024, layers: 6);
