namespace MicroGpt.TestSpecs;

// Shapes that are awkward for vector code: widths that are no multiple of a vector, a head a channel, a single position.
// Checked one by one against the reference.

/// <summary>A prime width and a prime vocabulary, both below a vector.</summary>
[GptModel(VocabSize = 5, BlockSize = 6, NEmbd = 7, NHead = 1, NLayer = 1, Precision = Precision.Double)]
public sealed partial class PrimeWidth;

[GptModel(VocabSize = 5, BlockSize = 6, NEmbd = 7, NHead = 1, NLayer = 1)]
public sealed partial class PrimeWidthSingle;

/// <summary>The smallest numbers that mean anything.</summary>
[GptModel(VocabSize = 2, BlockSize = 3, NEmbd = 1, NHead = 1, NLayer = 1, Precision = Precision.Double)]
public sealed partial class Narrowest;

/// <summary>Head dimension 1.</summary>
[GptModel(VocabSize = 6, BlockSize = 5, NEmbd = 6, NHead = 6, NLayer = 1, Precision = Precision.Double)]
public sealed partial class HeadPerChannel;

/// <summary>Attention that can only look at its own position.</summary>
[GptModel(VocabSize = 5, BlockSize = 1, NEmbd = 8, NHead = 2, NLayer = 1, Precision = Precision.Double)]
public sealed partial class OnePosition;

[GptModel(VocabSize = 5, BlockSize = 1, NEmbd = 8, NHead = 2, NLayer = 1)]
public sealed partial class OnePositionSingle;

/// <summary>Three heads of eight, two layers.</summary>
[GptModel(VocabSize = 27, BlockSize = 16, NEmbd = 24, NHead = 3, NLayer = 2, Precision = Precision.Double)]
public sealed partial class ThreeHeads;

[GptModel(VocabSize = 27, BlockSize = 16, NEmbd = 24, NHead = 3, NLayer = 2)]
public sealed partial class ThreeHeadsSingle;

/// <summary>Heads of five, and the parameter order of the course's step 3.</summary>
[GptModel(VocabSize = 13, BlockSize = 9, NEmbd = 15, NHead = 3, NLayer = 1, Precision = Precision.Double,
    ParameterOrder = ParameterOrder.HeadLast)]
public sealed partial class HeadsOfFive;

/// <summary>Heads of ten: more than a vector, not a multiple of one.</summary>
[GptModel(VocabSize = 11, BlockSize = 8, NEmbd = 20, NHead = 2, NLayer = 1, Precision = Precision.Double)]
public sealed partial class HeadsOfTen;

/// <summary>One more than two vectors, three layers, the head's parameters last.</summary>
[GptModel(VocabSize = 10, BlockSize = 7, NEmbd = 17, NHead = 1, NLayer = 3, Precision = Precision.Double,
    ParameterOrder = ParameterOrder.HeadLast)]
public sealed partial class ThreeLayers;

/// <summary>Wide enough for several tiles of registers in every direction.</summary>
[GptModel(VocabSize = 70, BlockSize = 12, NEmbd = 40, NHead = 5, NLayer = 1, Precision = Precision.Double)]
public sealed partial class Wide;

/// <summary>Many keys for few channels.</summary>
[GptModel(VocabSize = 9, BlockSize = 70, NEmbd = 8, NHead = 2, NLayer = 1, Precision = Precision.Double)]
public sealed partial class LongBlock;

/// <summary>Heads of two panels, more keys than a panel of positions has, and a last one that is not full.</summary>
[GptModel(VocabSize = 7, BlockSize = 37, NEmbd = 22, NHead = 2, NLayer = 1, Precision = Precision.Double)]
public sealed partial class WideHeads;

[GptModel(VocabSize = 7, BlockSize = 64, NEmbd = 40, NHead = 2, NLayer = 1)]
public sealed partial class WideHeadsSingle;

/// <summary>Adam, with a width that leaves a remainder in every vector.</summary>
[GptModel(VocabSize = 11, BlockSize = 8, NEmbd = 9, NHead = 3, NLayer = 2, Precision = Precision.Double, Optimizer = Optimizer.Adam)]
public sealed partial class WithAdam;

[GptModel(VocabSize = 11, BlockSize = 8, NEmbd = 9, NHead = 3, NLayer = 2, Optimizer = Optimizer.Adam)]
public sealed partial class WithAdamSingle;

/// <summary>The heavy ball, and Adam with a decay of the weights.</summary>
[GptModel(VocabSize = 11, BlockSize = 8, NEmbd = 9, NHead = 3, NLayer = 2, Precision = Precision.Double, Optimizer = Optimizer.Momentum)]
public sealed partial class WithMomentum;

[GptModel(VocabSize = 11, BlockSize = 8, NEmbd = 9, NHead = 3, NLayer = 2, Precision = Precision.Double, Optimizer = Optimizer.AdamW)]
public sealed partial class WithAdamW;

/// <summary>The bigram MLP at a prime width.</summary>
[MlpModel(VocabSize = 11, NEmbd = 5, Precision = Precision.Double)]
public sealed partial class NarrowMlp;

[MlpModel(VocabSize = 11, NEmbd = 5)]
public sealed partial class NarrowMlpSingle;

[MlpModel(VocabSize = 27, NEmbd = 16, Precision = Precision.Double, Optimizer = Optimizer.Adam)]
public sealed partial class MlpWithAdam;
