using System.Diagnostics;

namespace MicroGpt.Runner.Benchmark;

/// <summary>Measures the multiply-add peak of one or several threads, one round at a time.</summary>
internal sealed class PeakMeter : IDisposable
{
    // Some 20 microseconds: short beside a round, long beside a look at the clock.
    private const int Iterations = 4_000;

    private readonly int vectorBits;
    private readonly Precision precision;
    private readonly double[] rates;
    private readonly Barrier? barrier;
    private TimeSpan roundTime;
    private bool stopped;

    /// <summary>Starts the threads.</summary>
    /// <param name="vectorBits">128, 256 or 512.</param>
    /// <param name="precision">Type of the elements.</param>
    /// <param name="threads">Number of threads, that of the caller included.</param>
    public PeakMeter(int vectorBits, Precision precision, int threads)
    {
        this.vectorBits = vectorBits;
        this.precision = precision;
        rates = new double[threads];
        if (threads == 1)
        {
            return;
        }

        barrier = new Barrier(threads);
        for (int thread = 1; thread < threads; thread++)
        {
            int index = thread;
            new Thread(() => Work(index)) { IsBackground = true, Name = $"peak {index}" }.Start();
        }
    }

    /// <summary>Keeps all threads busy for a while.</summary>
    /// <returns>Floating-point operations a second, all threads together.</returns>
    public double Round(TimeSpan time)
    {
        roundTime = time;
        barrier?.SignalAndWait();
        rates[0] = Rate();
        barrier?.SignalAndWait();
        return rates.Sum();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (barrier is not null && !stopped)
        {
            stopped = true;
            barrier.SignalAndWait();
        }
    }

    private void Work(int index)
    {
        while (true)
        {
            barrier!.SignalAndWait();
            if (stopped)
            {
                return;
            }

            rates[index] = Rate();
            barrier.SignalAndWait();
        }
    }

    private double Rate()
    {
        double operations = 0;
        long started = Stopwatch.GetTimestamp();
        TimeSpan elapsed;
        do
        {
            operations += MultiplyAdd.Run(vectorBits, precision, Iterations);
            elapsed = Stopwatch.GetElapsedTime(started);
        }
        while (elapsed < roundTime);
        return operations / elapsed.TotalSeconds;
    }
}
