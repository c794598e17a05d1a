namespace MicroGpt.Core.Tests;

/// <summary>Documents packed as a <see cref="Batch"/> wants them, on the heap so that they can be kept.</summary>
internal sealed record Packed(int[] Tokens, int[] Targets, int[] Starts)
{
    public Batch Batch => new(Tokens, Targets, Starts);

    /// <summary>Random documents of the given lengths.</summary>
    public static Packed Random(Random random, int vocabSize, params int[] lengths)
    {
        int rows = lengths.Sum();
        return new Packed(
            [.. Enumerable.Range(0, rows).Select(_ => random.Next(vocabSize))],
            [.. Enumerable.Range(0, rows).Select(_ => random.Next(vocabSize))],
            [0, .. lengths.Select((_, i) => lengths.Take(i + 1).Sum())]);
    }

    /// <summary>A word of small letters between two BOS tokens.</summary>
    public static Packed Word(string word)
    {
        const int Bos = 26;
        int[] letters = [.. word.Select(letter => letter - 'a')];
        return new Packed([Bos, .. letters], [.. letters, Bos], [0, letters.Length + 1]);
    }
}
