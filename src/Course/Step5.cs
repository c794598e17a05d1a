namespace MicroGpt.Course;

/// <summary>Step 5 of the course: step 4 trained with Adam.</summary>
[GptModel(
    VocabSize = 27, BlockSize = 16, NEmbd = 16, NHead = 4, NLayer = 1,
    Precision = Precision.Double, Optimizer = Optimizer.Adam)]
public sealed partial class Step5;
