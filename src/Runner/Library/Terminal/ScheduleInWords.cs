using MicroGpt.Runner.Messages;
using MicroGpt.Runner.Training;

namespace MicroGpt.Runner.Terminal;

/// <summary>How a schedule is described to people.</summary>
internal static class ScheduleInWords
{
    /// <summary>The course of the learning rate, such as "learning rate 0.1 falling to 0".</summary>
    /// <param name="learningRate">The full rate.</param>
    /// <param name="schedule">How it rises and falls.</param>
    public static string Describe(double learningRate, ScheduleSettings schedule)
    {
        string warmup = schedule.Warmup == 0
            ? "" : $" after {Counted.Of(schedule.Warmup, "step")} of warm-up";
        string fall = schedule.Kind switch
        {
            ScheduleKind.Linear => FormattableString.Invariant($"falling to {schedule.MinLearningRate}"),
            ScheduleKind.Cosine => FormattableString.Invariant($"falling to {schedule.MinLearningRate} along a cosine"),
            _ => "constant",
        };
        return FormattableString.Invariant($"learning rate {learningRate}{warmup}{(warmup.Length > 0 ? "," : "")} {fall}");
    }
}
