using MicroGpt.Distribution;
using MicroGpt.Runner.Distribution;
using MicroGpt.Runner.Training;

namespace MicroGpt.Runner.Benchmark;

/// <summary>Steps as a run has them whose batches are divided into shards, on batches that are packed beforehand.</summary>
internal sealed class ShardedTraining : IDisposable
{
    private readonly GradientOptimizer optimizer;
    private readonly ShardedStep step;
    private readonly PackedBatch[] batches;
    private readonly string model;
    private int done;

    /// <summary>Prepares the steps.</summary>
    /// <param name="model">The model; it stays the caller's.</param>
    /// <param name="rule">The update rule.</param>
    /// <param name="plan">How a batch is divided, and among whom.</param>
    /// <param name="batches">The batches, the same on every rank; they are trained on in turn.</param>
    public ShardedTraining(ICompiledModel model, UpdateRule rule, ShardPlan plan, PackedBatch[] batches)
    {
        this.batches = batches;
        this.model = model.Description.Name;
        optimizer = new GradientOptimizer(rule, model.VectorBits) { Plan = plan };
        step = new ShardedStep(model, optimizer, new TrainingSettings { BatchSize = plan.BatchItems, Shards = plan.Shards });
    }

    /// <summary>Trains one step, as all ranks do at the same time.</summary>
    /// <exception cref="RunnerException">The loss did not stay finite.</exception>
    public void Step()
    {
        // As a run does before each step.
        optimizer.Plan!.Ranks.Any(here: false);
        PackedBatch batch = batches[done % batches.Length];
        if (!double.IsFinite(step.Train(batch.Batch, BenchmarkData.LearningRate, done++)))
        {
            throw new RunnerException(ExitCode.Failure, $"{model}: the loss did not stay finite; there is nothing to measure.")
            {
                IsOfAllRanks = true,
            };
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        step.Dispose();
        optimizer.Dispose();
    }
}
