namespace MicroGpt.Bench.Kernels;

// The generator compiles these into this assembly, so that their kernels (namespace MicroGpt.Compiled) are its own internal types.

/// <summary>The default model's shape: what a few rows of a narrow model cost.</summary>
[GptModel(VocabSize = 27, BlockSize = 16, NEmbd = 16, NHead = 4, NLayer = 1)]
public sealed partial class Width16;

/// <summary>A width at which matrix products dominate, with heads wider than a vector.</summary>
[GptModel(VocabSize = 65, BlockSize = 64, NEmbd = 128, NHead = 4, NLayer = 1)]
public sealed partial class Width128;

/// <summary>Brings the kernels that update with Adam.</summary>
[GptModel(VocabSize = 27, BlockSize = 16, NEmbd = 16, NHead = 4, NLayer = 1, Optimizer = Optimizer.Adam)]
public sealed partial class Width16Adam;
