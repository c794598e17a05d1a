using System.Diagnostics;

namespace MicroGpt.Runner.Benchmark;

/// <summary>
/// Measures one case: rounds of training and of the peak in turn, so that both see the same machine. A case of several threads is measured
/// on one thread as well, in the same turns.
/// </summary>
internal static class ModelBenchmark
{
    private const int Seed = 42;
    private const int PositionsWithoutBlockSize = 16;

    /// <summary>Measures a case.</summary>
    /// <param name="case">What to measure.</param>
    /// <param name="settings">How long.</param>
    /// <exception cref="RunnerException">The model cannot hold the batch, or its loss does not stay finite.</exception>
    public static BenchmarkResult Run(BenchmarkCase @case, BenchmarkSettings settings)
    {
        PackedBatch[] batches = BenchmarkData.For(@case.Model.Description, @case.BatchSize);
        int rows = batches.Max(batch => batch.Tokens.Length);
        using var whole = new Meters(@case, @case.Threads, rows, batches);
        using Meters? alone = @case.Threads == 1 ? null : new Meters(@case, 1, rows, batches);

        // The first round compiles and fills the caches.
        for (int round = -1; round < settings.Rounds; round++)
        {
            whole.Round(settings.RoundTime, counts: round >= 0);
            alone?.Round(settings.RoundTime, counts: round >= 0);
        }

        TrainingRound fastest = whole.Training.MaxBy(round => round.OperationsPerSecond);
        return new BenchmarkResult
        {
            Case = @case,
            VectorBits = whole.Model.VectorBits,
            Training = whole.TrainingRates,
            Peak = Rounds.Of(whole.Peak),
            Alone = alone is null ? null : (alone.TrainingRates, Rounds.Of(alone.Peak)),
            SecondsPerStep = fastest.Seconds / fastest.Steps,
            PositionsPerSecond = fastest.Positions / fastest.Seconds,
            BytesPerStep = whole.Training.Min(round => (double)round.Bytes / round.Steps),
            SecondsPerDecodedToken = SecondsPerDecodedToken(whole.Model, settings),
        };
    }

    /// <summary>The fastest of the rounds, each of as many whole documents as fit its time.</summary>
    private static double SecondsPerDecodedToken(ICompiledModel model, BenchmarkSettings settings)
    {
        int length = model.Description.BlockSize ?? PositionsWithoutBlockSize;
        var random = new Random(Seed);
        int[] tokens = [.. Enumerable.Range(0, length).Select(_ => random.Next(model.Description.VocabSize))];
        double[] logits = new double[model.Description.VocabSize];
        DecodingRound(TimeSpan.Zero);
        return Enumerable.Range(0, settings.Rounds).Min(_ => DecodingRound(settings.RoundTime));

        double DecodingRound(TimeSpan time)
        {
            long documents = 0;
            long started = Stopwatch.GetTimestamp();
            TimeSpan elapsed;
            do
            {
                for (int position = 0; position < tokens.Length; position++)
                {
                    model.Decode(tokens[position], position, logits);
                }

                documents++;
                elapsed = Stopwatch.GetElapsedTime(started);
            }
            while (elapsed < time);
            return elapsed.TotalSeconds / (documents * length);
        }
    }

    private readonly record struct TrainingRound(int Steps, long Positions, double Operations, double Seconds, long Bytes)
    {
        public double OperationsPerSecond => Operations / Seconds;
    }

    /// <summary>A case on a number of threads: a model, the peak of as many threads, and the rounds of both.</summary>
    private sealed class Meters : IDisposable
    {
        private readonly GradientOptimizer? optimizer;
        private readonly PeakMeter peakMeter;
        private readonly TrainingMeter trainingMeter;

        public Meters(BenchmarkCase @case, int threads, int rows, PackedBatch[] batches)
        {
            Model = BenchmarkData.Create(@case.Model, threads, rows);
            optimizer = @case.Rule is UpdateRule rule ? new GradientOptimizer(rule) : null;
            peakMeter = new PeakMeter(Model.VectorBits, Model.Description.Precision, threads);
            trainingMeter = new TrainingMeter(Model, optimizer, batches);
        }

        public ICompiledModel Model { get; }

        public List<TrainingRound> Training { get; } = [];

        public List<double> Peak { get; } = [];

        public Rounds TrainingRates => Rounds.Of(Training.Select(round => round.OperationsPerSecond));

        public void Round(TimeSpan time, bool counts)
        {
            TrainingRound trained = trainingMeter.Round(time);
            double peak = peakMeter.Round(time);
            if (counts)
            {
                Training.Add(trained);
                Peak.Add(peak);
            }
        }

        public void Dispose()
        {
            peakMeter.Dispose();
            optimizer?.Dispose();
            Model.Dispose();
        }
    }

    /// <summary>Trains on the batches in turn.</summary>
    private sealed class TrainingMeter(ICompiledModel model, GradientOptimizer? optimizer, PackedBatch[] batches)
    {
        // Looking at the clock costs tens of nanoseconds: once in so many steps of a few microseconds that is nothing.
        private const int StepsBetweenLooks = 16;
        private static readonly TimeSpan LongStep = TimeSpan.FromMilliseconds(1);

        private int next;
        private bool stepsAreLong = true;

        public TrainingRound Round(TimeSpan time)
        {
            int steps = 0;
            long positions = 0;
            double operations = 0;
            double loss = 0;
            long bytes = AllocatedBytes();
            long started = Stopwatch.GetTimestamp();
            TimeSpan elapsed;
            do
            {
                for (int look = stepsAreLong ? 1 : StepsBetweenLooks; look > 0; look--)
                {
                    PackedBatch batch = batches[next];
                    next = next + 1 == batches.Length ? 0 : next + 1;
                    loss = optimizer is null
                        ? model.TrainStep(batch.Batch, BenchmarkData.LearningRate)
                        : model.TrainStep(batch.Batch, BenchmarkData.LearningRate, optimizer);
                    steps++;
                    positions += batch.Tokens.Length;
                    operations += batch.Operations;
                }

                elapsed = Stopwatch.GetElapsedTime(started);
            }
            while (elapsed < time);
            bytes = AllocatedBytes() - bytes;
            stepsAreLong = elapsed / steps > LongStep;
            return double.IsFinite(loss)
                ? new TrainingRound(steps, positions, operations, elapsed.TotalSeconds, bytes)
                : throw RunnerException.Failure($"{model.Description.Name}: the loss did not stay finite; there is nothing to measure.");
        }

        /// <summary>Those of this thread where it works alone, those of the whole process otherwise.</summary>
        private long AllocatedBytes() =>
            model.Threads == 1 ? GC.GetAllocatedBytesForCurrentThread() : GC.GetTotalAllocatedBytes(precise: true);
    }
}
