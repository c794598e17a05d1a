using BenchmarkDotNet.Attributes;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace MicroGpt.Bench.Generation;

/// <summary>The generator's run alone, in a process in which it has run many times: what an editor sees after a while.</summary>
[MemoryDiagnoser]
public class GeneratorBenchmarks
{
    private GeneratorDriver _driver = null!;
    private CSharpCompilation _project = null!;

    [ParamsSource(nameof(Specs))]
    public GptSpec Spec { get; set; } = null!;

    public static IEnumerable<GptSpec> Specs => [GptSpec.Default, GptSpec.Large];

    [GlobalSetup]
    public void RunAnotherSpec() => SpecProject.Run(SpecProject.CreateDriver(), SpecProject.Create(GptSpec.Other));

    /// <summary>Nothing is cached: neither in the driver nor in the compilation.</summary>
    [IterationSetup(Target = nameof(FreshDriver))]
    public void StartAnew()
    {
        _driver = SpecProject.CreateDriver();
        _project = SpecProject.Create(Spec);
    }

    [Benchmark(Description = "fresh driver")]
    public GeneratorDriver FreshDriver() => SpecProject.Run(_driver, _project);

    [IterationSetup(Target = nameof(UnrelatedEdit))]
    public void RunThenEdit()
    {
        StartAnew();
        _driver = SpecProject.Run(_driver, _project);
        _project = SpecProject.EditProgram(_project);
    }

    [Benchmark(Description = "edit of another file")]
    public GeneratorDriver UnrelatedEdit() => SpecProject.Run(_driver, _project);
}
