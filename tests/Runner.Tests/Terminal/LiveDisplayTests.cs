using System.Diagnostics;
using System.Text.RegularExpressions;
using MicroGpt.Runner.Terminal;
using MicroGpt.Runner.Training;
using Xunit;

namespace MicroGpt.Runner.Tests.Terminal;

public class LiveDisplayTests
{
    [Fact]
    public void TheCurveFallsFromTheHighestToTheLowestLoss()
    {
        var curve = new LossCurve();
        Assert.Empty(curve.Draw(60, 3));
        for (int step = 0; step < 8; step++)
        {
            curve.Add(4.0 - (step * 0.25));
        }

        Assert.Equal(["       4  █▅▁", "          ███▆▃", "    2.25  ██████▄▁"], curve.Draw(60, 3));
        Assert.All(curve.Draw(13, 3), line => Assert.InRange(line.Length, 11, 13));
        Assert.Empty(curve.Draw(11, 3));
    }

    [Fact]
    public void ALongRunsCurveIsAsSmallAsAShortOnes()
    {
        var curve = new LossCurve();
        for (int step = 0; step < 100_000; step++)
        {
            curve.Add(step < 50_000 ? 2.0 : 1.0);
        }

        Assert.Equal(["       2  ████", "       1  ████▁▁▁▁"], curve.Draw(18, 2));
    }

    [Fact]
    public void OtherTextsAppearAboveTheLinesThatAreDrawnAgain()
    {
        var region = new LiveRegion();
        using var terminal = new StringWriter();
        TextWriter error = region.Over(terminal);
        error.Write("first\n");
        region.Draw(terminal, ["a", "b"]);
        region.Draw(terminal, ["c", "d"]);
        error.Write("warning\n");
        region.Draw(terminal, ["e"]);
        region.Leave();
        error.Write("last\n");
        Assert.Equal("first\na\nb\n\u001b[2A\r\u001b[Jc\nd\n\u001b[2A\r\u001b[Jwarning\ne\nlast\n", terminal.ToString());
    }

    [Fact]
    public void TheRateIsThatOfTheLastSeconds()
    {
        double seconds = 0.0;
        var rate = new TrainingRate(() => (long)(seconds * Stopwatch.Frequency));
        seconds = 30.0; // the first step, with the compiler at work
        rate.Add(10);
        Assert.Equal(double.NaN, rate.StepsPerSecond);
        for (int step = 0; step < 1000; step++)
        {
            seconds += 0.1;
            rate.Add(10);
            Assert.Equal(10.0, rate.StepsPerSecond, 1e-5);
            Assert.Equal(100.0, rate.PositionsPerSecond, 1e-4);
        }

        // Another program takes half of the processor: the rate follows within seconds, without a jump.
        double before = rate.StepsPerSecond;
        for (int step = 0; step < 50; step++)
        {
            seconds += 0.2;
            rate.Add(10);
            Assert.InRange(rate.StepsPerSecond, before * 0.9, before * 1.0001);
            before = rate.StepsPerSecond;
        }

        Assert.Equal(5.0, rate.StepsPerSecond, 1e-5);
    }

    [Fact]
    public void TheDisplayIsLabelledAndFitsTheTerminal()
    {
        CommandLine run = CommandLine.Run(CommandLine.Models, isTerminal: true, "--steps", "400", "--samples", "0", "--validation", "0.1");
        string[] lines = Regex.Replace(run.Out, @"\x1b\[[0-9;?]*[A-Za-z]", "").Replace("\r", "", StringComparison.Ordinal).Split('\n');
        Assert.All(lines, line => Assert.InRange(line.TrimEnd().Length, 0, 80));
        Assert.Contains(lines, line => Regex.IsMatch(line, @"^step      400 of 400  ━+ 100 %$"));
        Assert.Contains(lines, line => Regex.IsMatch(line, @"^loss      \d\.\d{4}, mean of the last 100$"));
        Assert.Contains(lines, line => Regex.IsMatch(line, @"^held out  \d\.\d{4}"));
        Assert.Contains(lines, line => Regex.IsMatch(line, @"^speed     [\d,]+ steps/s"));
        Assert.Contains(lines, line => Regex.IsMatch(line, @"^ +[\d.]+ +[▁▂▃▄▅▆▇█ ]+$"));
    }
}
