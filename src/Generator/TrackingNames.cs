namespace MicroGpt.Generator;

/// <summary>Names of the pipeline's steps, by which tests ask whether one ran again.</summary>
internal static class TrackingNames
{
    public const string GptReadings = nameof(GptReadings);
    public const string MlpReadings = nameof(MlpReadings);
    public const string ModelReadings = nameof(ModelReadings);
    public const string Project = nameof(Project);
    public const string Plan = nameof(Plan);
    public const string Diagnostics = nameof(Diagnostics);
    public const string Stubs = nameof(Stubs);
    public const string Registry = nameof(Registry);
    public const string Rejected = nameof(Rejected);
    public const string Specs = nameof(Specs);
    public const string AllSpecs = nameof(AllSpecs);
    public const string Models = nameof(Models);
    public const string Kernels = nameof(Kernels);
    public const string Failures = nameof(Failures);
}
