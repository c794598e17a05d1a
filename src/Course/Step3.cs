namespace MicroGpt.Course;

/// <summary>Step 3 of the course: a transformer with a single attention head.</summary>
[GptModel(
    VocabSize = 27, BlockSize = 16, NEmbd = 16, NHead = 1, NLayer = 1,
    Precision = Precision.Double, ParameterOrder = ParameterOrder.HeadLast)]
public sealed partial class Step3;
