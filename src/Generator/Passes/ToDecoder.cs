using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;

namespace MicroGpt.Generator.Passes;

/// <summary>The graph that decodes one position: no loss, and attention over a cache instead of over the rows of a batch.</summary>
internal static class ToDecoder
{
    public static Graph.Graph Run(Graph.Graph logits) => Rewriter.Rewrite(
        logits,
        static (builder, node, inputs) => node.Op switch
        {
            Attention attention => builder.Add(Step(attention), node.Scope, node.Local + "_y", inputs),
            Part when inputs[0].Op is AttentionStep => inputs[0],
            Dropout => inputs[0],
            _ => null,
        });

    private static AttentionStep Step(Attention attention) =>
        new(attention.BlockSize) { Scale = attention.Scale, Window = attention.Window, Softcap = attention.Softcap };
}
