namespace MicroGpt.Bench;

/// <summary>The default model's shape under the benchmark's name: the course's step 4 in single precision.</summary>
[GptModel(VocabSize = 27, BlockSize = 16, NEmbd = 16, NHead = 4, NLayer = 1)]
public sealed partial class Names16;
