using MicroGpt.Generator.Targets.Cpu.Lowering;
using MicroGpt.Generator.Text;

namespace MicroGpt.Generator.Targets.Cpu.Printing;

/// <summary>
/// Where in the backward pass the gradients of which parameters are complete, and what tells it to the optimizer of a step: ranks exchange
/// them while the rest is computed.
/// </summary>
internal sealed class CompletionPrinter(CompiledModel model)
{
    /// <summary>Prints the method that is called with where what is complete begins and ends.</summary>
    public static void PrintMethod(CodeWriter w)
    {
        w.Summary(
            "Tells the optimizer of a step that a part of the gradient is complete: ranks exchange it while the rest is computed.");
        using (w.Block("private void Complete(long from, long to, Part part)"))
        {
            using (w.Block("if (part.Index == 0)"))
            {
                w.Line("_optimizer?.Complete(_gradients!.Pointer, Gradients.Total, from, to);");
            }
        }
    }

    /// <summary>The statements before the first part of the backward pass, and after each.</summary>
    public IReadOnlyList<IEnumerable<string>> Statements(IReadOnlyList<IReadOnlyList<ScheduledCall>> parts)
    {
        int[] completedBy = [.. model.Gradients.Select(gradient => LastPartOf(gradient.Parameter.Name, parts))];
        return [.. Enumerable.Range(-1, parts.Count + 1).Select(part => StatementsAfter(part, completedBy))];
    }

    /// <summary>The last part that stores something in a gradient; before the first one where none does.</summary>
    private static int LastPartOf(string parameter, IReadOnlyList<IReadOnlyList<ScheduledCall>> parts)
    {
        for (int part = parts.Count - 1; part >= 0; part--)
        {
            if (parts[part].Any(c => c.Call.Arguments.Any(a => a.Kind == ArgumentKind.Gradient && a.Node!.Name == parameter)))
            {
                return part;
            }
        }

        return -1;
    }

    /// <summary>One statement for each run of neighbours.</summary>
    private IEnumerable<string> StatementsAfter(int part, int[] completedBy)
    {
        for (int first = 0; first < completedBy.Length; first++)
        {
            if (completedBy[first] != part)
            {
                continue;
            }

            int end = first + 1;
            while (end < completedBy.Length && completedBy[end] == part)
            {
                end++;
            }

            yield return $"Complete(from: Gradients.{model.Gradients[first].Parameter.Name}, to: Gradients.{NameAt(end)}, part);";
            first = end - 1;
        }
    }

    private string NameAt(int gradient) => gradient == model.Gradients.Length ? "Total" : model.Gradients[gradient].Parameter.Name;
}
