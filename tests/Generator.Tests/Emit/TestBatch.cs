using MicroGpt.Generator.Spec;

namespace MicroGpt.Generator.Tests.Emit;

/// <summary>Packed documents, on the heap.</summary>
internal sealed record TestBatch(int[] Tokens, int[] Targets, int[] Starts)
{
    public Batch Batch => new(Tokens, Targets, Starts);

    /// <summary>Documents of the given lengths with random tokens.</summary>
    public static TestBatch Random(Random random, ModelSpec spec, params int[] lengths)
    {
        int[] starts = [.. lengths.Aggregate(new List<int> { 0 }, (all, length) => [.. all, all[^1] + length])];
        int[] Any() => [.. Enumerable.Range(0, starts[^1]).Select(_ => random.Next(spec.VocabSize))];
        return new TestBatch(Any(), Any(), starts);
    }

    /// <summary>Up to four documents of random lengths.</summary>
    public static TestBatch Random(Random random, ModelSpec spec, int longest, bool several) => Random(
        random, spec, [.. Enumerable.Range(0, several ? random.Next(2, 5) : 1).Select(_ => random.Next(1, longest + 1))]);
}
