namespace MicroGpt.Course;

/// <summary>Step 4 of the course: four attention heads of four channels.</summary>
[GptModel(VocabSize = 27, BlockSize = 16, NEmbd = 16, NHead = 4, NLayer = 1, Precision = Precision.Double)]
public sealed partial class Step4;
