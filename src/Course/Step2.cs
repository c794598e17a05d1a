namespace MicroGpt.Course;

/// <summary>Step 2 of the course: the bigram MLP with an automatic gradient.</summary>
[MlpModel(VocabSize = 27, NEmbd = 16, Precision = Precision.Double)]
public sealed partial class Step2;
