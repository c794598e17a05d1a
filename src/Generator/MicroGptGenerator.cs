using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Text;
using MicroGpt.Generator.Spec;
using MicroGpt.Generator.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;

namespace MicroGpt.Generator;

/// <summary>
/// The incremental pipeline. What reaches the outputs are small equatable values; places in the source go only to the branch
/// that reports diagnostics, so moving text regenerates nothing.
/// </summary>
[Generator(LanguageNames.CSharp)]
public sealed class MicroGptGenerator : IIncrementalGenerator
{
    private readonly Func<ModelSpec, ImmutableArray<GeneratedFile>> _compile;
    private readonly Func<IEnumerable<ModelSpec>, ImmutableArray<GeneratedFile>> _compileKernels;

    /// <summary>The generator as the C# compiler makes it.</summary>
    public MicroGptGenerator()
        : this(ModelCompiler.Compile, ModelCompiler.CompileKernels)
    {
    }

    internal MicroGptGenerator(
        Func<ModelSpec, ImmutableArray<GeneratedFile>> compile, Func<IEnumerable<ModelSpec>, ImmutableArray<GeneratedFile>> compileKernels)
    {
        _compile = compile;
        _compileKernels = compileKernels;
    }

    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        var gpts = context.SyntaxProvider
            .ForAttributeWithMetadataName(AttributeReader.GptAttribute, AttributeReader.IsCandidate, AttributeReader.ReadGpt)
            .WithTrackingName(Steps.GptReadings);
        var mlps = context.SyntaxProvider
            .ForAttributeWithMetadataName(AttributeReader.MlpAttribute, AttributeReader.IsCandidate, AttributeReader.ReadMlp)
            .WithTrackingName(Steps.MlpReadings);
        var project = context.CompilationProvider
            .Combine(context.AnalyzerConfigOptionsProvider)
            .Select((pair, _) => ProjectReader.Read((CSharpCompilation)pair.Left, pair.Right.GlobalOptions))
            .WithTrackingName(Steps.Project);
        var plan = gpts.Collect().Combine(mlps.Collect()).Combine(project)
            .Select((all, _) => AssemblyRules.Check(all.Left.Left.Concat(all.Left.Right).OfType<SpecReading>(), all.Right))
            .WithTrackingName(Steps.Plan);

        var diagnostics = plan.Select((p, _) => p.Diagnostics).WithTrackingName(Steps.Diagnostics);
        var stubs = plan.Select((p, _) => p.Stubs).WithTrackingName(Steps.Stubs);
        var registry = plan.Select((p, _) => p.Registry).WithTrackingName(Steps.Registry);
        var rejected = plan.Select((p, _) => p.Rejected).WithTrackingName(Steps.Rejected);

        context.RegisterSourceOutput(diagnostics, (output, all) => all.ToList().ForEach(d => output.ReportDiagnostic(d.ToDiagnostic())));
        context.RegisterSourceOutput(stubs, (output, all) => Add(output, all.Count == 0 ? null : Stub.Print(all, Stub.HintName)));
        context.RegisterSourceOutput(registry, (output, list) => Add(output, list?.Print()));
        var specs = new[] { gpts, mlps }.Select(readings => readings.Combine(rejected.Combine(project))
            .Select((pair, _) => pair.Left is { Spec: { } spec } valid && !pair.Right.Left.Contains(valid.Class)
                ? spec with { SourceFile = pair.Right.Right.Relative(valid.NamePlace.Path) }
                : null)
            .WithTrackingName(Steps.Specs)).ToArray();
        foreach (var models in specs)
        {
            context.RegisterSourceOutput(models, Compile);
        }

        var all = specs[0].Collect().Combine(specs[1].Collect())
            .Select((pair, _) => pair.Left.Concat(pair.Right).OfType<ModelSpec>().ToEquatableArray())
            .WithTrackingName(Steps.AllSpecs);
        context.RegisterSourceOutput(all, (output, list) => _compileKernels(list).ToList().ForEach(file => Add(output, file)));
    }

    private void Compile(SourceProductionContext output, ModelSpec? spec)
    {
        if (spec is null)
        {
            return;
        }

        try
        {
            _compile(spec).ToList().ForEach(file => Add(output, file));
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            output.ReportDiagnostic(FailureReport.Describe(spec, failure));
            Add(output, Stub.Print([Stub.For(spec, Diagnostics.InternalFailure.Id)], spec.Name + ".Failed.g.cs"));
        }
    }

    private static void Add(SourceProductionContext output, GeneratedFile? file)
    {
        if (file is not null)
        {
            output.AddSource(file.HintName, SourceText.From(file.Text, Encoding.UTF8));
        }
    }
}
