namespace MicroGpt.Bench;

/// <summary>As wide as <see cref="Chars128"/>, with heads of eight channels.</summary>
[GptModel(VocabSize = 65, BlockSize = 64, NEmbd = 128, NHead = 16, NLayer = 4)]
public sealed partial class Narrow128;
