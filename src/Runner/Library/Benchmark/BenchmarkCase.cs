namespace MicroGpt.Runner.Benchmark;

/// <summary>One thing to measure: a row of the table.</summary>
/// <param name="Model">The compiled model.</param>
/// <param name="BatchSize">Documents a step.</param>
/// <param name="Threads">Threads of a step.</param>
/// <param name="Rule">The update rule; null for the one that the model compiles into its step.</param>
internal sealed record BenchmarkCase(ModelEntry Model, int BatchSize, int Threads, UpdateRule? Rule)
{
    /// <summary>
    /// Batch sizes at which the models of a build with <c>-p:BenchSpecs=true</c> (src/Model/Bench) are measured when none is given;
    /// every other model is measured at 1.
    /// </summary>
    private static readonly (string Model, int[] BatchSizes)[] s_defaultBatches =
    [
        ("Names16", [1, 16]),
        ("Names16Adam", [1]),
        ("Names24", [1, 16]),
        ("Names64", [16]),
        ("Chars128", [16]),
        ("Chars384", [4]),
        ("Gpt2Names64", [16]),
        ("LlamaNames64", [16]),
        ("Gpt2Chars384", [4]),
        ("LlamaChars384", [4]),
        ("Words128", [16]),
        ("Words768", [4]),
    ];

    /// <summary>The batch sizes for a model.</summary>
    /// <param name="model">The model.</param>
    /// <param name="asked">The size that was asked for; null for the defaults.</param>
    public static int[] BatchSizesFor(ModelEntry model, int? asked)
    {
        if (asked is int size)
        {
            return [size];
        }

        foreach ((string name, int[] sizes) in s_defaultBatches)
        {
            if (name == model.Name)
            {
                return sizes;
            }
        }

        return [1];
    }
}

/// <summary>How long to measure.</summary>
internal sealed record BenchmarkSettings
{
    /// <summary>Rounds of training, and as many of the peak in between.</summary>
    public int Rounds { get; init; } = 30;

    /// <summary>Time of a round; a step that takes longer makes a round of its own.</summary>
    public TimeSpan RoundTime { get; init; } = TimeSpan.FromMilliseconds(50);
}
