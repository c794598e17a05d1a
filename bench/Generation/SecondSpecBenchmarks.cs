using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Engines;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace MicroGpt.Bench.Generation;

/// <summary>
/// The generator's run on the second spec of a process, after one small one: what a build sees. Each measurement is a process
/// of its own, in which the generator is compiled but not yet optimised.
/// </summary>
[SimpleJob(RunStrategy.ColdStart, launchCount: 7, warmupCount: 0, iterationCount: 1, invocationCount: 1)]
public class SecondSpecBenchmarks
{
    private GeneratorDriver _driver = null!;
    private CSharpCompilation _project = null!;

    [ParamsSource(nameof(Specs))]
    public GptSpec Spec { get; set; } = null!;

    public static IEnumerable<GptSpec> Specs => [GptSpec.Default, GptSpec.Large];

    [GlobalSetup]
    public void RunAnotherSpec()
    {
        SpecProject.Run(SpecProject.CreateDriver(), SpecProject.Create(GptSpec.Other));
        _driver = SpecProject.CreateDriver();
        _project = SpecProject.Create(Spec);
    }

    [Benchmark(Description = "second spec")]
    public GeneratorDriver SecondSpec() => SpecProject.Run(_driver, _project);
}
