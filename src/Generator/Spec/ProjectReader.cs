using MicroGpt.Generator.Text;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;

namespace MicroGpt.Generator.Spec;

/// <summary>Reads the project's settings.</summary>
internal static class ProjectReader
{
    public static Project Read(CSharpCompilation compilation, AnalyzerConfigOptions options)
    {
        options.TryGetValue("build_property.RootNamespace", out string? root);
        options.TryGetValue("build_property.ProjectDir", out string? folder);
        string name = string.IsNullOrWhiteSpace(root) ? compilation.AssemblyName ?? "Assembly" : root!.Trim();
        return new Project(compilation.Options.AllowUnsafe, compilation.LanguageVersion, CSharpName.ToNamespace(name), folder ?? "");
    }
}
