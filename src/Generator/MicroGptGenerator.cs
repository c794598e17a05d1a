using System;
using System.Collections.Generic;
using System.Collections.Immutable;
using System.Linq;
using System.Text;
using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Reader;
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
    private readonly Func<ModelToCompile, ImmutableArray<GeneratedFile>> _compile;
    private readonly Func<IEnumerable<ModelToCompile>, ImmutableArray<GeneratedFile>> _compileKernels;
    private readonly Func<IEnumerable<SpecReading>, Project, AssemblyPlan> _check;

    /// <summary>The generator as the C# compiler makes it.</summary>
    public MicroGptGenerator()
        : this(ModelCompiler.Compile, ModelCompiler.CompileKernels)
    {
    }

    internal MicroGptGenerator(
        Func<ModelToCompile, ImmutableArray<GeneratedFile>> compile,
        Func<IEnumerable<ModelToCompile>, ImmutableArray<GeneratedFile>> compileKernels,
        Func<IEnumerable<SpecReading>, Project, AssemblyPlan>? check = null)
    {
        _compile = compile;
        _compileKernels = compileKernels;
        _check = check ?? AssemblyRules.Check;
    }

    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        var gpts = context.SyntaxProvider
            .ForAttributeWithMetadataName(AttributeReader.GptAttribute, AttributeReader.IsCandidate, AttributeReader.ReadGpt)
            .WithTrackingName(TrackingNames.GptReadings);
        var mlps = context.SyntaxProvider
            .ForAttributeWithMetadataName(AttributeReader.MlpAttribute, AttributeReader.IsCandidate, AttributeReader.ReadMlp)
            .WithTrackingName(TrackingNames.MlpReadings);
        var sources = context.SyntaxProvider
            .ForAttributeWithMetadataName(AttributeReader.ModelAttribute, AttributeReader.IsCandidate, ClassReader.Read)
            .WithTrackingName(TrackingNames.ModelReadings);
        var project = context.CompilationProvider
            .Combine(context.AnalyzerConfigOptionsProvider)
            .Select((pair, _) => ProjectReader.Read((CSharpCompilation)pair.Left, pair.Right.GlobalOptions))
            .WithTrackingName(TrackingNames.Project);
        var readings = new[]
        {
            gpts.Select((reading, _) => reading is null ? null : new ModelSource(reading, null)),
            mlps.Select((reading, _) => reading is null ? null : new ModelSource(reading, null)),
            sources,
        };
        var plan = readings[0].Collect().Combine(readings[1].Collect()).Combine(readings[2].Collect()).Combine(project)
            .Select((all, _) => Check(
                [.. all.Left.Left.Left.Concat(all.Left.Left.Right).Concat(all.Left.Right).OfType<ModelSource>().Select(s => s.Reading)],
                all.Right))
            .WithTrackingName(TrackingNames.Plan);

        var diagnostics = plan.Select((p, _) => p.Diagnostics).WithTrackingName(TrackingNames.Diagnostics);
        var stubs = plan.Select((p, _) => p.Stubs).WithTrackingName(TrackingNames.Stubs);
        var registry = plan.Select((p, _) => p.Registry).WithTrackingName(TrackingNames.Registry);
        var rejected = plan.Select((p, _) => p.Rejected).WithTrackingName(TrackingNames.Rejected);

        context.RegisterSourceOutput(diagnostics, (output, all) => all.ToList().ForEach(d => output.ReportDiagnostic(d.ToDiagnostic())));
        context.RegisterSourceOutput(stubs, (output, all) => Add(output, all.Count == 0 ? null : Stub.Print(all, Stub.HintName)));
        context.RegisterSourceOutput(registry, (output, list) => Add(output, list?.Print()));
        var specs = readings.Select(read => read.Combine(rejected.Combine(project))
            .Select((pair, _) => pair.Left is { Reading.Spec: { } spec } valid && !pair.Right.Left.Contains(spec.Class)
                ? new ModelToCompile(spec with { SourceFile = pair.Right.Right.Relative(valid.Reading.NamePlace.Path) }, valid.Program)
                : null)
            .WithTrackingName(TrackingNames.Specs)).ToArray();
        var models = specs.Select(
            values => values.Select((spec, _) => spec is null ? null : Compile(spec)).WithTrackingName(TrackingNames.Models)).ToArray();
        var all = specs[0].Collect().Combine(specs[1].Collect()).Combine(specs[2].Collect())
            .Select((x, _) => x.Left.Left.Concat(x.Left.Right).Concat(x.Right).OfType<ModelToCompile>().ToEquatableArray())
            .WithTrackingName(TrackingNames.AllSpecs);
        var kernels = all.Select((list, _) => CompileKernels(list)).WithTrackingName(TrackingNames.Kernels);
        context.RegisterSourceOutput(kernels, (output, k) => AddAll(output, k.Files));

        // Without its kernels a model would be nothing but errors.
        var ready = kernels.Select((k, _) => k.Failure is null);
        foreach (var model in models)
        {
            context.RegisterSourceOutput(model.Combine(ready), (output, pair) => Add(output, pair.Left, pair.Right));
        }

        // A mistake of the compiler's own is told once, and where the places of the attributes are known.
        var failures = models[0].Collect().Combine(models[1].Collect()).Combine(models[2].Collect()).Combine(kernels)
            .Select((x, _) => FailuresOf(x.Left.Left.Left.Concat(x.Left.Left.Right).Concat(x.Left.Right), x.Right))
            .WithTrackingName(TrackingNames.Failures);
        var places = plan.Select((p, _) => p.Places);
        context.RegisterSourceOutput(failures.Combine(places), (output, pair) => Report(output, pair.Left, pair.Right));
    }

    private AssemblyPlan Check(SpecReading[] readings, Project project)
    {
        try
        {
            return _check(readings, project);
        }
        catch (Exception failure) when (readings.Length > 0 && failure is not OperationCanceledException)
        {
            return AssemblyRules.Failed(readings, project, first =>
                FailureReport.Of(first.Class, new CompilerException("AssemblyRules", "", "", failure)).At(first.AttributePlace));
        }
    }

    private CompiledFiles Compile(ModelToCompile model)
    {
        try
        {
            return new CompiledFiles(model.Spec, _compile(model).ToEquatableArray(), null);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            return new CompiledFiles(model.Spec, default, FailureReport.Of(model.Spec.Class, failure));
        }
    }

    private CompiledFiles CompileKernels(EquatableArray<ModelToCompile> models)
    {
        try
        {
            return new CompiledFiles(null, _compileKernels(models).ToEquatableArray(), null);
        }
        catch (Exception failure) when (failure is not OperationCanceledException)
        {
            return new CompiledFiles(null, default, FailureReport.Of(models[0].Spec.Class, failure));
        }
    }

    private static EquatableArray<FailureReport> FailuresOf(IEnumerable<CompiledFiles?> models, CompiledFiles kernels)
    {
        var failures = models.Select(m => m?.Failure).OfType<FailureReport>().ToList();
        return (failures.Count > 0 || kernels.Failure is null ? failures : [kernels.Failure]).ToEquatableArray();
    }

    private static void Report(SourceProductionContext output, EquatableArray<FailureReport> failures, EquatableArray<ClassPlace> places)
    {
        foreach (FailureReport failure in failures)
        {
            output.ReportDiagnostic(failure.At(places.First(p => p.Class == failure.Class).Attribute).ToDiagnostic());
        }
    }

    private static void Add(SourceProductionContext output, CompiledFiles? model, bool hasKernels)
    {
        if (model is { Failure: null } && hasKernels)
        {
            AddAll(output, model.Files);
        }
        else if (model is not null)
        {
            Add(output, Stub.Print([Stub.For(model.Spec!, Diagnostics.InternalFailure.Id)], HintName.Of(model.Spec!.Name, "Failed")));
        }
    }

    private static void AddAll(SourceProductionContext output, EquatableArray<GeneratedFile> files) =>
        files.ToList().ForEach(file => Add(output, file));

    private static void Add(SourceProductionContext output, GeneratedFile? file)
    {
        if (file is not null)
        {
            output.AddSource(file.HintName, SourceText.From(file.Text, Encoding.UTF8));
        }
    }
}

/// <summary>What compiling gave: files, or a failure.</summary>
/// <param name="Spec">The model; null for the kernels that all share.</param>
/// <param name="Files">Its files.</param>
/// <param name="Failure">A mistake of the compiler's own.</param>
internal sealed record CompiledFiles(ModelSpec? Spec, EquatableArray<GeneratedFile> Files, FailureReport? Failure);

/// <summary>A model as it goes to the compiler.</summary>
/// <param name="Spec">Its name and choices, and the numbers of a built-in architecture.</param>
/// <param name="Program">Its forward pass, where that was read from the user's text.</param>
internal sealed record ModelToCompile(ModelSpec Spec, Program? Program);
