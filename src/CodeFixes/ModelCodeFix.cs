using System.Collections.Immutable;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;

namespace MicroGpt.CodeFixes;

/// <summary>What all fixes have in common: each changes the document that the diagnostic is in, one node at a time.</summary>
public abstract class ModelCodeFix : CodeFixProvider
{
    /// <inheritdoc/>
    public sealed override FixAllProvider GetFixAllProvider() => WellKnownFixAllProviders.BatchFixer;

    /// <inheritdoc/>
    public sealed override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        if (await context.Document.GetSyntaxRootAsync(context.CancellationToken).ConfigureAwait(false) is not { } root)
        {
            return;
        }

        foreach (Diagnostic diagnostic in context.Diagnostics)
        {
            SyntaxNode at = root.FindNode(diagnostic.Location.SourceSpan, getInnermostNodeForTie: true);
            Register(new Place(context, root, at, diagnostic));
        }
    }

    /// <summary>Offers the fixes of one diagnostic.</summary>
    private protected abstract void Register(Place place);

    /// <summary>A diagnostic and what it stands on.</summary>
    private protected sealed class Place(CodeFixContext context, SyntaxNode root, SyntaxNode node, Diagnostic diagnostic)
    {
        /// <summary>The innermost node of its place.</summary>
        public SyntaxNode Node => node;

        public Diagnostic Diagnostic => diagnostic;

        /// <summary>Offers to put a node in the place of another.</summary>
        public void Offer(string title, SyntaxNode old, SyntaxNode @new) =>
            Offer(title, (document, _) => Task.FromResult(document.WithSyntaxRoot(root.ReplaceNode(old, @new))));

        /// <summary>Offers a change that has to ask the compiler first.</summary>
        public void Offer(string title, System.Func<Document, CancellationToken, Task<Document>> change)
        {
            Document document = context.Document;
            context.RegisterCodeFix(
                CodeAction.Create(title, cancellation => change(document, cancellation), equivalenceKey: title), diagnostic);
        }
    }
}
