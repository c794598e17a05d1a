using System.Collections.Immutable;
using MicroGpt.Generator.Graph;
using ParameterOp = MicroGpt.Generator.Graph.Parameter;

namespace MicroGpt.Generator.Language;

/// <summary>
/// Which part of a model an operation belongs to, where that was not seen while it was recorded: an architecture that runs does not
/// say whose method it is in, as one that is read does.
/// </summary>
internal static class Parts
{
    /// <summary>
    /// Gives operations the parts of the parameters that they read. Between two parts the border is where the fewest values cross it:
    /// in a network with a residual stream, where that is all that is handed on. Of several such places the last is taken.
    /// </summary>
    public static Program Divide(Program program)
    {
        var operations = program.Operations;
        var scopes = operations.Select(o => o.Op is ParameterOp or Input or Constant ? o.Scope : null).ToArray();
        var anchors = Enumerable.Range(0, operations.Count)
            .Where(i => scopes[i] is null && operations[i].Inputs.Any(input => operations[input].Op is ParameterOp)).ToList();
        foreach (int anchor in anchors)
        {
            var parameter = operations[anchor].Inputs.Select(i => operations[i]).Last(o => o.Op is ParameterOp);
            scopes[anchor] = parameter.Scope;
        }

        int[] crossings = Crossings(operations);
        int from = 0;
        var current = anchors.Count > 0 ? scopes[anchors[0]]! : new Scope("", "");
        foreach (int anchor in anchors)
        {
            var next = scopes[anchor]!;
            int border = next == current ? anchor : Border(crossings, from, anchor);
            Fill(scopes, from, border, current);
            Fill(scopes, border, anchor, next);
            (from, current) = (anchor, next);
        }

        Fill(scopes, from, operations.Count, current);
        return Headings.Name(program with
        {
            Operations = operations.Select((o, i) => o with { Scope = scopes[i]! }).ToEquatableArray(),
        });
    }

    private static void Fill(Scope?[] scopes, int from, int to, Scope scope)
    {
        for (int i = from; i < to; i++)
        {
            scopes[i] ??= scope;
        }
    }

    /// <summary>Before each operation, and after the last, how many values are needed that were computed before.</summary>
    private static int[] Crossings(EquatableArray<ProgramOperation> operations)
    {
        int[] lastReader = new int[operations.Count];
        for (int i = 0; i < operations.Count; i++)
        {
            foreach (int input in operations[i].Inputs)
            {
                lastReader[input] = i;
            }
        }

        int[] change = new int[operations.Count + 2];
        for (int i = 0; i < operations.Count; i++)
        {
            if (operations[i].Op is not (ParameterOp or Input or Constant) && lastReader[i] > i)
            {
                change[i + 1]++;
                change[lastReader[i] + 1]--;
            }
        }

        for (int i = 1; i < change.Length; i++)
        {
            change[i] += change[i - 1];
        }

        return change;
    }

    /// <summary>The first operation of the part of an anchor, after the last that surely belongs to the one before.</summary>
    private static int Border(int[] crossings, int from, int anchor)
    {
        int best = anchor;
        for (int border = anchor; border > from; border--)
        {
            best = crossings[border] < crossings[best] ? border : best;
        }

        return best;
    }
}

/// <summary>Headings of what belongs to no numbered part: what comes before all of them, and what comes after.</summary>
internal static class Headings
{
    public static Program Name(Program program)
    {
        var operations = program.Operations;
        var computed = Enumerable.Range(0, operations.Count)
            .Where(i => operations[i].Op is not (ParameterOp or Input or Constant)).ToList();
        int first = computed.FindIndex(i => operations[i].Scope.Name.Length > 0),
            last = computed.FindLastIndex(i => operations[i].Scope.Name.Length > 0);
        if (first < 0)
        {
            return program;
        }

        string[] headings = new string[operations.Count];
        for (int k = computed.Count - 1; k >= 0; k--)
        {
            string heading = operations[computed[k]].Scope.Name.Length > 0
                ? operations[computed[k]].Scope.Name : k < first ? "Embedding" : k > last ? "Head" : "";
            headings[computed[k]] = heading;
            foreach (int input in operations[computed[k]].Inputs.Where(input => operations[input].Op is ParameterOp))
            {
                // A parameter belongs to what reads it first.
                headings[input] = heading;
            }
        }

        return program with
        {
            Operations = operations
                .Select((o, i) => o.Scope.Name.Length == 0 && headings[i] is { Length: > 0 } heading
                    ? o with { Scope = o.Scope with { Name = heading } } : o)
                .ToEquatableArray(),
        };
    }
}
