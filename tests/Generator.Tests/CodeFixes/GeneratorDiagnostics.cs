using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace MicroGpt.Generator.Tests.CodeFixes;

/// <summary>
/// Reports what the generator reports, at places in the documents: an editor does the same before it asks for fixes, the framework of the
/// tests does not.
/// </summary>
#pragma warning disable RS1036, RS1038, RS1041 // No compiler loads it.
[DiagnosticAnalyzer(LanguageNames.CSharp)]
internal sealed class GeneratorDiagnostics : DiagnosticAnalyzer
{
    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics => MicroGpt.Generator.Spec.Diagnostics.All;

    public override void Initialize(AnalysisContext context)
    {
        context.EnableConcurrentExecution();
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.RegisterSemanticModelAction(Report);
    }

    private static void Report(SemanticModelAnalysisContext context)
    {
        SyntaxTree tree = context.SemanticModel.SyntaxTree;
        Pipeline.TestProject.Of("").CreateDriver().RunGeneratorsAndUpdateCompilation(
            context.SemanticModel.Compilation, out _, out ImmutableArray<Diagnostic> diagnostics, context.CancellationToken);
        foreach (Diagnostic diagnostic in diagnostics.Where(d => d.Location.GetLineSpan().Path == tree.FilePath))
        {
            context.ReportDiagnostic(Diagnostic.Create(
                diagnostic.Descriptor, Location.Create(tree, diagnostic.Location.SourceSpan), diagnostic.Properties,
                diagnostic.GetMessage()));
        }
    }
}
