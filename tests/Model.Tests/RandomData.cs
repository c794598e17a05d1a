namespace MicroGpt.Model.Tests;

/// <summary>Documents packed as a <see cref="Batch"/> wants them, on the heap so that they can be kept.</summary>
internal sealed record Packed(int[] Tokens, int[] Targets, int[] Starts)
{
    public Batch Batch => new(Tokens, Targets, Starts);

    public int Rows => Tokens.Length;

    /// <summary>Segment <paramref name="index"/> as a batch of its own.</summary>
    public Packed Segment(int index)
    {
        Range rows = Starts[index]..Starts[index + 1];
        return new Packed(Tokens[rows], Targets[rows], [0, Starts[index + 1] - Starts[index]]);
    }
}

/// <summary>Random documents and parameters, the same in every run.</summary>
internal static class RandomData
{
    /// <summary>Documents of the given lengths; as in a text, each row's target is the next row's token.</summary>
    public static Packed Documents(Random random, int vocabSize, params int[] lengths)
    {
        var tokens = new List<int>();
        var targets = new List<int>();
        var starts = new List<int> { 0 };
        foreach (int length in lengths)
        {
            int[] document = Enumerable.Range(0, length + 1).Select(_ => random.Next(vocabSize)).ToArray();
            tokens.AddRange(document[..length]);
            targets.AddRange(document[1..]);
            starts.Add(tokens.Count);
        }

        return new Packed([.. tokens], [.. targets], [.. starts]);
    }

    /// <summary>Normally distributed parameters (Box and Muller's formula), rounded to the precision in which they will be held.</summary>
    public static double[] Parameters(Random random, int count, double std, Precision precision = Precision.Double, double mean = 0)
    {
        double[] parameters = new double[count];
        for (int i = 0; i < count; i++)
        {
            double value = mean + std * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
            parameters[i] = precision == Precision.Single ? (float)value : value;
        }

        return parameters;
    }
}
