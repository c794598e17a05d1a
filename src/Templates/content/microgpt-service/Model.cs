using MicroGpt;

namespace ServiceNamespace;

/// <summary>The model that answers. After an edit of a number it has to be trained again.</summary>
[GptModel(VocabSize = 27, BlockSize = 16, NEmbd = 16, NHead = 4, NLayer = 1)]
public sealed partial class NamesGpt;
