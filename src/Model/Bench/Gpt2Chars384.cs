namespace MicroGpt.Bench;

/// <summary>GPT-2's architecture at the size of <see cref="Chars384"/>.</summary>
[Model(VocabSize = 65, BlockSize = 256)]
public sealed partial class Gpt2Chars384() : Gpt2(vocabulary: 65, positions: 256, width: 384, heads: 6, layers: 6);
