using MicroGpt;

namespace TrainerNamespace;

/// <summary>Edit a number and run again: another program trains.</summary>
[GptModel(VocabSize = 27, BlockSize = 16, NEmbd = 16, NHead = 4, NLayer = 1)]
public sealed partial class NamesGpt;
