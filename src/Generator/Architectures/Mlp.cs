using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using MicroGpt.Generator.Spec;

namespace MicroGpt.Generator.Architectures;

/// <summary>The bigram MLP of the course's first steps: <c>logits = fc2 relu(fc1 wte[t])</c>, hidden width 4 x NEmbd.</summary>
internal static class Mlp
{
    public static ForwardGraph Build(ModelSpec spec)
    {
        var g = new GraphBuilder();
        var inputs = new ForwardInputs(g);
        var hiddenWidth = 4 * spec.NEmbd;
        Node Declare(string name, Axis outer, Axis inner) =>
            g.Add(new Parameter(name, Shape.Matrix(outer, inner)), name);

        g.Scope = new Scope("Mlp", "");
        var wte = Declare("wte", spec.VocabSize, spec.NEmbd);
        var fc1 = Declare("mlp_fc1", hiddenWidth, spec.NEmbd);
        var fc2 = Declare("mlp_fc2", spec.VocabSize, hiddenWidth);

        var x = g.Add(new Embed(), "x", wte, inputs.Tokens);
        var hidden = g.Add(new Relu(), "h", g.Add(new Linear(), "h_in", x, fc1));
        var logits = g.Add(new Linear(), "logits", hidden, fc2);
        var loss = g.Add(new CrossEntropy(), "loss", logits, inputs.Targets);
        return new ForwardGraph(g, [wte, fc1, fc2], logits, loss);
    }
}
