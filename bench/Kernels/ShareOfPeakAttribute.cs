using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace MicroGpt.Bench.Kernels;

/// <summary>
/// Shows a kernel's share of the processor's multiply-add peak: the fastest iteration of the baseline, which does the same
/// multiply-adds in registers, over its own fastest. It stands in place of the ratio of means, which say little on a shared
/// machine.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class ShareOfPeakAttribute : Attribute, IConfigSource
{
    public IConfig Config { get; } = ManualConfig.CreateEmpty()
        .AddColumn(StatisticColumn.Min, new ShareOfPeakColumn())
        .HideColumns("Error", "Ratio", "RatioSD");

    private sealed class ShareOfPeakColumn : IColumn
    {
        public string Id => nameof(ShareOfPeakColumn);

        public string ColumnName => "Share";

        public string Legend => "Fastest iteration of the multiply-adds alone over the fastest of the kernel";

        public bool AlwaysShow => true;

        public ColumnCategory Category => ColumnCategory.Custom;

        public int PriorityInCategory => 0;

        public bool IsNumeric => true;

        public UnitType UnitType => UnitType.Dimensionless;

        public bool IsAvailable(Summary summary) => true;

        public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

        public string GetValue(Summary summary, BenchmarkCase benchmarkCase) => GetValue(summary, benchmarkCase, SummaryStyle.Default);

        public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style)
        {
            BenchmarkCase? baseline = summary.GetBaseline(summary.GetLogicalGroupKey(benchmarkCase));
            return Fastest(summary, baseline) / Fastest(summary, benchmarkCase) is { } share
                ? share.ToString("P0", CultureInfo.InvariantCulture)
                : "?";
        }

        private static double? Fastest(Summary summary, BenchmarkCase? benchmarkCase) =>
            benchmarkCase is null ? null : summary[benchmarkCase]?.ResultStatistics?.Min;
    }
}
