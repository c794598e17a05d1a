namespace MicroGpt.Model.Tests.Optimization;

/// <summary>The update rules as their papers write them: one number at a time, in double, every intermediate value by its name.</summary>
internal sealed class ScalarRule(UpdateRule rule, int count)
{
    private readonly double[] velocity = new double[count];
    private readonly double[] mean = new double[count];
    private readonly double[] square = new double[count];
    private int steps;

    public void Update(double[] weights, double[] gradient, double learningRate)
    {
        steps++;
        double norm = Math.Sqrt(gradient.Sum(g => g * g));
        double clipping = rule.ClipNorm is double limit ? Math.Min(1.0, limit / norm) : 1.0;
        for (int i = 0; i < count; i++)
        {
            double g = gradient[i] * clipping;
            switch (rule.Kind)
            {
                case UpdateKind.Sgd:
                    weights[i] -= learningRate * g;
                    break;
                case UpdateKind.Momentum:
                    velocity[i] = (rule.MomentumFactor * velocity[i]) + g;
                    weights[i] -= learningRate * velocity[i];
                    break;
                default:
                    mean[i] = (rule.Beta1 * mean[i]) + ((1 - rule.Beta1) * g);
                    square[i] = (rule.Beta2 * square[i]) + ((1 - rule.Beta2) * g * g);
                    double correctedMean = mean[i] / (1 - Math.Pow(rule.Beta1, steps));
                    double correctedSquare = square[i] / (1 - Math.Pow(rule.Beta2, steps));
                    double decay = rule.Kind == UpdateKind.AdamW ? learningRate * rule.WeightDecay * weights[i] : 0.0;
                    weights[i] -= decay + (learningRate * correctedMean / (Math.Sqrt(correctedSquare) + rule.Epsilon));
                    break;
            }
        }
    }
}
