namespace MicroGpt.Bench;

/// <summary>The same shape with Adam compiled into its step.</summary>
[GptModel(VocabSize = 27, BlockSize = 16, NEmbd = 16, NHead = 4, NLayer = 1, Optimizer = Optimizer.Adam)]
public sealed partial class Names16Adam;
