using System;
using System.Collections.Generic;
using System.Linq;
using Microsoft.CodeAnalysis.CSharp;

namespace MicroGpt.Generator.Spec;

/// <summary>What the generated code needs to know of the project.</summary>
/// <param name="AllowsUnsafe">Whether unsafe code compiles.</param>
/// <param name="LanguageVersion">The version of C#.</param>
/// <param name="RootNamespace">The namespace of the list of models.</param>
/// <param name="Folder">The project's folder; empty where it is not known.</param>
internal sealed record Project(bool AllowsUnsafe, LanguageVersion LanguageVersion, string RootNamespace, string Folder)
{
    /// <summary>A file as it is named within the project, the same on every machine: from the project's folder, with slashes.</summary>
    public string Relative(string path)
    {
        string file = path.Replace('\\', '/'), folder = Folder.Replace('\\', '/').TrimEnd('/') + "/";
        return folder.Length > 1 && file.StartsWith(folder, StringComparison.Ordinal)
            ? file.Substring(folder.Length)
            : file.Substring(file.LastIndexOf('/') + 1);
    }
}

/// <summary>What is to be done for an assembly: the result of every rule together.</summary>
/// <param name="Diagnostics">Everything to report, in the order of the source.</param>
/// <param name="Rejected">Specs that are valid alone and still must not be compiled.</param>
/// <param name="Stubs">Stand-ins for the specs that are not compiled.</param>
/// <param name="Registry">The list of the models that are; null where there is no spec at all.</param>
internal sealed record AssemblyPlan(
    EquatableArray<DiagnosticInfo> Diagnostics, EquatableArray<ClassName> Rejected, EquatableArray<Stub> Stubs, Registry? Registry)
{
    /// <summary>Where the attributes of the classes stand.</summary>
    public EquatableArray<ClassPlace> Places { get; init; }
}

/// <summary>Where the attribute of a class stands.</summary>
internal sealed record ClassPlace(ClassName Class, SourcePlace Attribute);

/// <summary>The rules about all specs of an assembly, and about the project.</summary>
internal static class AssemblyRules
{
    /// <summary>The oldest C# that the generated code compiles with.</summary>
    public const LanguageVersion Needed = LanguageVersion.CSharp13;

    // The contract has `in` parameters; older versions cannot even compile a stub.
    private const LanguageVersion NeededByStubs = LanguageVersion.CSharp7_2;

    public static AssemblyPlan Check(IEnumerable<SpecReading> all, Project project)
    {
        var readings = all.ToList();
        readings.Sort((a, b) => SourcePlace.Compare(a.NamePlace, b.NamePlace));

        var diagnostics = Reported(readings);
        var rejected = new Dictionary<ClassName, string>();
        var byName = new Dictionary<string, SpecReading>(StringComparer.OrdinalIgnoreCase);
        foreach (var reading in readings)
        {
            if (!byName.TryGetValue(reading.Class.Name, out var first))
            {
                byName.Add(reading.Class.Name, reading);
            }
            else if (first.Class != reading.Class)
            {
                diagnostics.Add(DiagnosticInfo.At(
                    reading.NamePlace, Diagnostics.DuplicateName, reading.Class.Full, first.Class.Full, first.NamePlace.Brief));
                rejected[reading.Class] = Diagnostics.DuplicateName.Id;
            }
        }

        if (readings.Count > 0 && CheckProject(readings[0].AttributePlace, project) is { } projectWide)
        {
            diagnostics.Add(projectWide);
            readings.ForEach(r => rejected[r.Class] = projectWide.Descriptor.Id);
        }

        diagnostics.Sort((a, b) => SourcePlace.Compare(a.Place, b.Place));
        var compiled = readings.Where(r => r.Spec is not null && !rejected.ContainsKey(r.Class)).ToList();
        var stubs = project.LanguageVersion < NeededByStubs
            ? []
            : readings.Except(compiled).Where(r => r.Stub is not null)
                .Select(r => rejected.TryGetValue(r.Class, out string? id) && r.Diagnostics.Count == 0
                ? r.Stub! with { Reason = id }
                : r.Stub!);
        bool registryNameTaken = readings.Any(r => r.Class.Name == GeneratedMembers.Registry);
        return new AssemblyPlan(
            diagnostics.ToEquatableArray(),
            rejected.Keys.OrderBy(c => c.Full, StringComparer.Ordinal).ToEquatableArray(),
            stubs.OrderBy(s => s.Class.Full, StringComparer.Ordinal).ToEquatableArray(),
            readings.Count == 0 || registryNameTaken
                ? null
                : new Registry(
                    project.RootNamespace, compiled.Select(r => r.Class).OrderBy(c => c.Name, StringComparer.Ordinal).ToEquatableArray())
                {
                    Warnings = compiled.SelectMany(r => r.Warnings).Where(w => w != AttributeReader.MayNotBeNamed)
                        .Distinct().OrderBy(w => w, StringComparer.Ordinal).ToEquatableArray(),
                    Unnamed = compiled.Where(r => r.Warnings.Contains(AttributeReader.MayNotBeNamed)).Select(r => r.Class)
                        .OrderBy(c => c.Name, StringComparer.Ordinal).ToEquatableArray(),
                })
        {
            Places = readings.Select(r => new ClassPlace(r.Class, r.AttributePlace)).ToEquatableArray(),
        };
    }

    /// <summary>
    /// What is to be done where the rules themselves failed: nothing is compiled, and that is told once, at the first attribute.
    /// </summary>
    /// <param name="all">At least one.</param>
    /// <param name="project">The project.</param>
    /// <param name="report">The error, at a class.</param>
    public static AssemblyPlan Failed(IEnumerable<SpecReading> all, Project project, Func<SpecReading, DiagnosticInfo> report)
    {
        SpecReading[] readings = [.. all.OrderBy(r => r.NamePlace.Path, StringComparer.Ordinal).ThenBy(r => r.NamePlace.Span.Start)];
        string id = Diagnostics.InternalFailure.Id;
        return new AssemblyPlan(
            new[] { report(readings[0]) }.ToEquatableArray(),
            readings.Select(r => r.Class).Distinct().ToEquatableArray(),
            readings.Where(r => r.Stub is not null).Select(r => r.Stub! with { Reason = id }).ToEquatableArray(),
            new Registry(project.RootNamespace, default));
    }

    /// <summary>
    /// What was found in all classes. A mistake in a text that several models share (a base class, a helper) is one mistake: it is told
    /// as the first model met it.
    /// </summary>
    private static List<DiagnosticInfo> Reported(IReadOnlyList<SpecReading> readings)
    {
        var told = new HashSet<(string, SourcePlace)>();
        var all = new List<DiagnosticInfo>();
        foreach (var reading in readings)
        {
            DiagnosticInfo[] news = [.. reading.Diagnostics.Where(d => !told.Contains((d.Descriptor.Id, d.Place)))];
            all.AddRange(news);
            told.UnionWith(news.Select(d => (d.Descriptor.Id, d.Place)));
        }

        return all;
    }

    /// <summary>A mistake of the project is one mistake however many specs there are: it is reported at the first.</summary>
    private static DiagnosticInfo? CheckProject(SourcePlace place, Project project)
    {
        if (project.LanguageVersion < Needed)
        {
            return DiagnosticInfo.At(
                place, Diagnostics.LanguageVersion, Needed.ToDisplayString(), project.LanguageVersion.ToDisplayString());
        }

        return project.AllowsUnsafe ? null : DiagnosticInfo.At(place, Diagnostics.UnsafeNotAllowed);
    }
}
