namespace MicroGpt;

/// <summary>The default model: the GPT of the course's step 4, in single precision. Edit the numbers and rebuild.</summary>
[GptModel(VocabSize = 27, BlockSize = 16, NEmbd = 16, NHead = 4, NLayer = 1)]
public sealed partial class NamesGpt;
