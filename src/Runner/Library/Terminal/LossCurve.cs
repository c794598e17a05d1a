namespace MicroGpt.Runner.Terminal;

/// <summary>
/// The losses of a run so far as a small drawing. Its memory does not grow: where there is no more room, neighbours share a place.
/// </summary>
internal sealed class LossCurve
{
    private const int Places = 256;
    private const string Blocks = " ▁▂▃▄▅▆▇█";

    private readonly double[] sums = new double[Places];
    private int used;
    private long stepsPerPlace = 1;
    private long stepsInLast;

    /// <summary>Adds a step's loss.</summary>
    public void Add(double loss)
    {
        if (used == 0 || stepsInLast == stepsPerPlace)
        {
            if (used == Places)
            {
                Halve();
            }

            sums[used++] = 0.0;
            stepsInLast = 0;
        }

        sums[used - 1] += loss;
        stepsInLast++;
    }

    /// <summary>Draws the curve: the highest mean at the top, the lowest at the bottom, labelled.</summary>
    /// <param name="width">Characters a line may have.</param>
    /// <param name="height">Lines.</param>
    /// <returns>The lines; none where there is too little to draw.</returns>
    public string[] Draw(int width, int height)
    {
        int columns = Math.Min(width - LabelWidth, used);
        if (columns < 2)
        {
            return [];
        }

        double[] means = [.. Enumerable.Range(0, columns).Select(column => Mean(column * used / columns, (column + 1) * used / columns))];
        double lowest = means.Min(), highest = means.Max();
        string[] lines = new string[height];
        for (int line = 0; line < height; line++)
        {
            string label = line == 0 ? Label(highest) : line == height - 1 ? Label(lowest) : "";
            lines[line] =
                label.PadRight(LabelWidth) + string.Concat(means.Select(mean => Block(mean, lowest, highest, height - 1 - line, height)));
        }

        return [.. lines.Select(line => line.TrimEnd())];
    }

    private static int LabelWidth => TrainView.LiveLabelWidth;

    // Every column shows at least the lowest eighth of the bottom line.
    private static char Block(double mean, double lowest, double highest, int line, int height)
    {
        int levels = height * (Blocks.Length - 1);
        double share = highest > lowest ? (mean - lowest) / (highest - lowest) : 0.0;
        int level = 1 + (int)Math.Round(share * (levels - 1));
        return Blocks[Math.Clamp(level - (line * (Blocks.Length - 1)), 0, Blocks.Length - 1)];
    }

    private static string Label(double loss) => FormattableString.Invariant($"{loss,8:G4}");

    private double Mean(int from, int to)
    {
        double sum = 0.0;
        long steps = 0;
        for (int place = from; place < to; place++)
        {
            sum += sums[place];
            steps += place == used - 1 ? stepsInLast : stepsPerPlace;
        }

        return sum / steps;
    }

    private void Halve()
    {
        for (int place = 0; place < Places / 2; place++)
        {
            sums[place] = sums[2 * place] + sums[(2 * place) + 1];
        }

        used = Places / 2;
        stepsPerPlace *= 2;
        stepsInLast = stepsPerPlace;
    }
}
