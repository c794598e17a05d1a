using System.Text.RegularExpressions;

namespace MicroGpt.Runner.Report;

/// <summary>
/// Reads a printed graph back into nodes and edges for drawing. It relies only on what any printed graph in static
/// single assignment form has: a line <c>name = op ...</c> a node, printed after the nodes it reads. A name is anything
/// between blanks and brackets; an op ends at a blank or a round bracket; a shape stands between the name and the equals
/// sign, or is the first pair of square brackets after it; whatever follows <c>//</c> or <c>#</c> is a comment. The comment <c># backward</c> ends the forward pass; without it, what the loss depends on is the forward pass.
/// </summary>
public static partial class GraphReader
{
    /// <summary>Reads a graph as printed in <see cref="ModelDescription.Graph"/>. Lines that define nothing are skipped.</summary>
    public static ReportGraph Read(string text)
    {
        var definitions = new List<(string Id, string Op, string Shape, List<string> Inputs, string Line)>();
        var known = new HashSet<string>(StringComparer.Ordinal);
        int? forwardCount = null;
        foreach (string raw in text.Split('\n'))
        {
            string line = raw.Trim();
            if (line == "# backward")
                forwardCount = definitions.Count;
            var match = Definition().Match(Comment().Replace(line, ""));
            if (!match.Success)
                continue;

            string id = match.Groups["id"].Value;
            string right = match.Groups["right"].Value;
            string type = match.Groups["type"].Value.TrimStart(':').Trim();
            string op = Op().Match(right).Value;
            string shape = type.Contains('[', StringComparison.Ordinal) ? type : Shape().Match(right).Value;
            var inputs = new List<string>();
            foreach (Match word in Word().Matches(Shape().Replace(right[op.Length..], " ")))
            {
                if (known.Contains(word.Value) && !inputs.Contains(word.Value))
                    inputs.Add(word.Value);
            }

            if (!known.Add(id))
                continue;
            definitions.Add((id, op, shape, inputs, line));
        }

        var forward = forwardCount is int count
            ? [.. definitions.Take(count).Select(d => d.Id)]
            : ForwardNodes(definitions.ConvertAll(d => (d.Id, d.Op, d.Inputs)));
        return new ReportGraph(
            [.. definitions.Select(d => new ReportGraphNode(
                d.Id, d.Op, d.Shape, forward.Contains(d.Id) ? "forward" : "backward", d.Inputs, d.Line))],
            text);
    }

    // What the loss depends on is the forward pass; everything else exists for the gradient and the update. A graph in
    // which no node is recognised as the loss is all forward.
    private static HashSet<string> ForwardNodes(List<(string Id, string Op, List<string> Inputs)> nodes)
    {
        int loss = nodes.FindIndex(n => n.Id.TrimStart('%') == "loss");
        if (loss < 0)
            loss = nodes.FindIndex(n => LossOp().IsMatch(n.Op) && n.Inputs.Count > 0);
        if (loss < 0)
            return [.. nodes.Select(n => n.Id)];

        var inputs = nodes.ToDictionary(n => n.Id, n => n.Inputs, StringComparer.Ordinal);
        var forward = new HashSet<string>(StringComparer.Ordinal);
        var pending = new Stack<string>([nodes[loss].Id]);
        while (pending.TryPop(out string? id))
        {
            if (!forward.Add(id))
                continue;
            foreach (string input in inputs[id])
                pending.Push(input);
        }

        return forward;
    }

    [GeneratedRegex(@"^(?<id>[^\s=:,()\[\]]+)\s*(?<type>:?[^=]*?)\s*=(?!=)\s*(?<right>\S.*)$")]
    private static partial Regex Definition();

    [GeneratedRegex(@"\s*(//|#).*$")]
    private static partial Regex Comment();

    [GeneratedRegex(@"\[[^\]]*\]")]
    private static partial Regex Shape();

    [GeneratedRegex(@"^[^\s(]+")]
    private static partial Regex Op();

    [GeneratedRegex(@"[^\s=:,()\[\]{}<>]+")]
    private static partial Regex Word();

    [GeneratedRegex("cross_?entropy|nll|loss", RegexOptions.IgnoreCase)]
    private static partial Regex LossOp();
}
