namespace MicroGpt.Bench;

/// <summary>GPT-2's architecture at the size of <see cref="Names64"/>.</summary>
[Model(VocabSize = 27, BlockSize = 16)]
public sealed partial class Gpt2Names64() : Gpt2(vocabulary: 27, positions: 16, width: 64, heads: 4, layers: 1);
