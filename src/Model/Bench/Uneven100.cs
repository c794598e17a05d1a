namespace MicroGpt.Bench;

/// <summary>Widths that fill neither vectors nor panels: heads of 25 channels.</summary>
[GptModel(VocabSize = 65, BlockSize = 64, NEmbd = 100, NHead = 4, NLayer = 4)]
public sealed partial class Uneven100;
