using System.Globalization;
using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using MicroGpt.Generator.Passes;
using MicroGpt.Generator.Spec;
using MicroGpt.Generator.Targets.Cpu.Kernels;
using MicroGpt.Generator.Targets.Cpu.Layout;
using MicroGpt.Generator.Targets.Cpu.Lowering;
using MicroGpt.Generator.Text;

namespace MicroGpt.Generator.Targets.Cpu.Printing;

/// <summary>
/// Prints a schedule: one method a part of the model, one statement an operation, each under the sentence that says what it
/// computes.
/// </summary>
internal sealed class SchedulePrinter(
    CompiledModel model, CodeWriter writer, string direction, MemoryPlan plan, bool decodes, bool inPieces = false)
{
    private readonly string _element = KernelPrinter.TypeName(model.Spec.Precision);

    private readonly string _contract = KernelFilesPrinter.Contract(model.Spec.Precision);

    // By name, since the graph that decodes has nodes of its own.
    private readonly Dictionary<(string, Orientation), PlacedWeight> _weights =
        model.Weights.ToDictionary(w => (w.Parameter.Name, w.Orientation));

    private bool Updates { get; } = direction.StartsWith("Backward", StringComparison.Ordinal);

    private bool IsAdam => model.Spec.Optimizer is Optimizer.Adam or Optimizer.AdamW;

    private string StepSize => IsAdam ? "stepSize" : "learningRate";

    private string Declared => string.Join(", ", new[]
    {
        inPieces ? "int first" : "",
        inPieces ? "int rows" : "",
        Updates ? $"{_element} {StepSize}" : "",
        Updates && IsAdam ? _element + " epsilon" : "",
        Updates && model.Spec.Optimizer == Optimizer.AdamW ? _element + " keep" : "",
        decodes ? "" : "Part part",
    }.Where(p => p.Length > 0));

    private string Passed => string.Join(", ", Declared.Split([", "], StringSplitOptions.RemoveEmptyEntries).Select(p => p.Split(' ')[1]));

    /// <summary>Prints the methods of the parts, and one that calls them in order.</summary>
    /// <param name="calls">The schedule.</param>
    /// <param name="summary">What the pass is.</param>
    /// <param name="statements">What stands before the first part and after each, from the calls of all parts; nothing where null.</param>
    public void Print(
        IReadOnlyList<ScheduledCall> calls, string summary,
        Func<IReadOnlyList<IReadOnlyList<ScheduledCall>>, IReadOnlyList<IEnumerable<string>>>? statements = null)
    {
        var parts = Parts(calls);
        var between = statements?.Invoke([.. parts.Select(part => part.Calls)]);
        bool returnsLoss = calls.Any(c => c.Call.Kernel.ReturnsSum);
        writer.Summary(summary);
        writer.Line("[MethodImpl(MethodImplOptions.AggressiveOptimization)]");
        using (writer.Block($"private {(returnsLoss ? "double" : "void")} {direction}<K>({Declared}) where K : struct, {_contract}"))
        {
            WriteAll(between?[0]);
            for (int i = 0; i < parts.Count; i++)
            {
                bool returns = parts[i].Calls.Any(c => c.Call.Kernel.ReturnsSum);
                writer.Line($"{(returns ? "return " : "")}{direction}{parts[i].Name}<K>({Passed});");
                WriteAll(between?[i + 1]);
            }
        }

        foreach (var (name, partCalls) in parts)
        {
            writer.Line();
            PrintPart(name, partCalls);
        }
    }

    private void WriteAll(IEnumerable<string>? lines)
    {
        foreach (string line in lines ?? [])
        {
            writer.Line(line);
        }
    }

    /// <summary>Prints a method that calls the parts that are there already, as far as the one that computes a node.</summary>
    public void PrintUntil(IReadOnlyList<ScheduledCall> calls, Node node, string method, string summary)
    {
        writer.Summary(summary);
        writer.Line("[MethodImpl(MethodImplOptions.AggressiveOptimization)]");
        using (writer.Block($"private void {method}<K>({Declared}) where K : struct, {_contract}"))
        {
            foreach (var (name, statements) in Parts(calls))
            {
                writer.Line($"{direction}{name}<K>({Passed});");
                if (statements.Any(c => c.Node == node))
                {
                    break;
                }
            }
        }
    }

    /// <summary>
    /// Runs of statements of one scope; a scope that comes up again gets a numbered name. A method cannot have the name of its class, which
    /// is that of the user's with Model after it.
    /// </summary>
    private List<(string Name, List<ScheduledCall> Calls)> Parts(IReadOnlyList<ScheduledCall> calls)
    {
        var parts = new List<(string Name, List<ScheduledCall> Calls)>();
        var seen = new Dictionary<string, int>();
        string? scope = null;
        foreach (var call in calls)
        {
            if (call.Node.Scope.Name != scope)
            {
                scope = call.Node.Scope.Name;
                string name = scope.Length == 0 ? "Model" : scope;
                name = direction + name == ModelPrinter.ClassOf(model.Spec) ? name + "Part" : name;
                seen[name] = seen.TryGetValue(name, out int count) ? count + 1 : 1;
                parts.Add((seen[name] == 1 ? name : name + "_" + seen[name], []));
            }

            parts[parts.Count - 1].Calls.Add(call);
        }

        return parts;
    }

    private void PrintPart(string name, List<ScheduledCall> calls)
    {
        bool returns = calls.Any(c => c.Call.Kernel.ReturnsSum);
        writer.Line("[MethodImpl(MethodImplOptions.AggressiveOptimization)]");
        using (writer.Block($"private {(returns ? "double" : "void")} {direction}{name}<K>({Declared}) where K : struct, {_contract}"))
        {
            PrintLocals(calls);
            foreach (var call in calls)
            {
                writer.Line();
                foreach (string line in Wrap(call.Call.Sentence ?? call.Node.Op.Describe(call.Node)))
                {
                    writer.Line("// " + line);
                }

                string statement = $"{(call.Call.Kernel.ReturnsSum ? "return " : "")}K.{call.Call.Kernel.Name}({Arguments(call.Call)});";
                if (call.When == When.Always)
                {
                    writer.Line(statement);
                    continue;
                }

                using (writer.Block($"if ({Condition(call.When)})"))
                {
                    writer.Line(statement);
                }
            }
        }
    }

    private static string Condition(When when) => when switch
    {
        When.OnlyPiece => "_rows.Rows <= PieceRows",
        When.FirstOfSeveral => "first == 0 && _rows.Rows > PieceRows",
        When.FirstPiece => "first == 0",
        When.LaterPiece => "first > 0",
        _ => "_rows.Rows > PieceRows",
    };

    private void PrintLocals(List<ScheduledCall> calls)
    {
        var arguments = calls.SelectMany(c => c.Call.Arguments).ToList();
        var parameters = calls.SelectMany(c => c.Call.Kernel.Parameters).Select(p => p.Kind).ToList();
        string rows = decodes ? "_step" : "_rows";
        if (!decodes)
        {
            writer.Line(inPieces ? "nint panel = _piecePanel;" : "nint panel = _panel;");
            if (parameters.Contains(ParameterKind.Rows) && !inPieces)
            {
                writer.Line("int rows = _rows.Rows;");
            }

            if (parameters.Contains(ParameterKind.Segments))
            {
                writer.Line("int segments = _rows.Segments;");
                writer.Line("int* starts = _rows.Starts;");
            }
        }

        foreach (var node in arguments.Where(a => a.Kind == ArgumentKind.Indices).Select(a => a.Node!).Distinct())
        {
            writer.Line($"int* {node.Name} = {rows}.{((Input)node.Op).Kind}{(inPieces ? " + first" : "")};");
        }

        foreach (var argument in arguments.Where(a => a.Kind == ArgumentKind.Activation)
            .Select(a => (Name: Value(a), Shape: ShapeOf(a), Place: PlaceOf(a))).GroupBy(a => a.Name).Select(views => views.First()))
        {
            writer.Line($"{_element}* {argument.Name} = {argument.Place}; // {argument.Shape}");
        }

        foreach (var weight in arguments.Where(a => a.Kind is ArgumentKind.Weight).Select(WeightOf).Distinct())
        {
            writer.Line($"{_element}* {weight.Name} = {Place("_weights", "Weights." + weight.Name)}; // {weight.Parameter.Shape}");
        }

        foreach (var node in arguments.Where(a => a.Kind is ArgumentKind.Gradient).Select(a => a.Node!).Distinct())
        {
            writer.Line($"{_element}* d_{node.Name} = {Place("_gradients!", "Gradients." + node.Name)}; // {node.Shape}");
        }
    }

    private string Arguments(KernelCall call) => string.Join(", ", call.Kernel.Parameters.Select(parameter =>
    {
        var argument = call.Arguments.FirstOrDefault(a => a.Parameter == parameter.Name);
        string value = argument is null ? Implicit(parameter) : Explicit(argument);
        return value == parameter.Name ? value : parameter.Name + ": " + value;
    }));

    private string Implicit(KernelParameter parameter) => parameter.Kind switch
    {
        ParameterKind.Panel when parameter.Name == "cachePanel" => "CachePanel",
        ParameterKind.Panel => decodes ? "PanelWidth" : "panel",
        ParameterKind.Rows => decodes ? "1" : "rows",
        ParameterKind.AllRows => "_rows.Rows",
        ParameterKind.Segments => "segments",
        ParameterKind.Part => decodes ? "Part.Whole" : "part",
        _ => throw new CompilerException("Emit", parameter.Name, "there is no argument for this parameter"),
    };

    private string Explicit(Argument argument) => argument.Kind switch
    {
        ArgumentKind.Activation => Value(argument),
        ArgumentKind.Weight => WeightOf(argument).Name,
        ArgumentKind.Gradient => "d_" + argument.Node!.Name,
        ArgumentKind.Indices => argument.Node!.Name,
        ArgumentKind.Cache => Place("_decoder", "Decoder." + ModelNames.Cache(argument.Node!, argument.ResultIndex)),
        ArgumentKind.Distance => argument.ResultIndex == 1 ? "panel" : "_panel",
        ArgumentKind.Constant => argument.ResultIndex.ToString(CultureInfo.InvariantCulture),
        ArgumentKind.Sums => "_rows.Sums",
        ArgumentKind.Segments => "starts",
        ArgumentKind.Moment1 => Place("_moments1!", "Weights." + WeightOf(argument).Name),
        ArgumentKind.Moment2 => Place("_moments2!", "Weights." + WeightOf(argument).Name),
        ArgumentKind.Epsilon => "epsilon",
        ArgumentKind.Keep => "keep",
        ArgumentKind.LearningRate => StepSize,
        ArgumentKind.DropoutSite when argument.Node!.Op is DropoutFactors { Call: var call } =>
            $"new DropoutSite(_draw, {call.Site.ToString(CultureInfo.InvariantCulture)}, {FacePrinter.Number(call.Rate)})",
        ArgumentKind.Position => "_step.Positions[0]",
        _ => throw new CompilerException("Emit", argument.Parameter, "this argument cannot be passed"),
    };

    /// <summary>Where an activation lies; of one that is whole, where the rows of a piece begin.</summary>
    private string PlaceOf(Argument argument)
    {
        var buffer = plan[argument.Node!, argument.ResultIndex];
        if (decodes)
        {
            return Place("_decoder", "Decoder." + buffer.Name);
        }

        if (buffer.IsOfPiece)
        {
            return $"_pieces.Pointer + ({IndexPrinter.Print(Offset("Pieces." + buffer.Name) * Offset("_pieceCapacity"))})";
        }

        string first = inPieces && argument.Node!.Shape.Kind != ShapeKind.Vector ? " + ((nint)first * PanelWidth)" : "";
        return $"_activations.Pointer + ({IndexPrinter.Print(Offset("Activations." + buffer.Name) * Offset("_capacity"))}){first}";
    }

    /// <summary>The address at a named offset of an arena.</summary>
    private static string Place(string arena, string offset) => IndexPrinter.Print(new Pointer(arena + ".Pointer") + Offset(offset));

    private static Integer Offset(string name) => Integer.Offset(name, new(0, long.MaxValue));

    private PlacedWeight WeightOf(Argument argument) => _weights[(argument.Node!.Name, argument.Orientation)];

    private string Value(Argument argument) => plan[argument.Node!, argument.ResultIndex].Name;

    private static string ShapeOf(Argument argument)
    {
        var shape = argument.Node!.Shape;
        return (shape.Kind == ShapeKind.Tuple ? shape.Parts[argument.ResultIndex] : shape).ToString();
    }

    /// <summary>Breaks a sentence at blanks into lines that fit a page; a word that is longer than a line has one of its own.</summary>
    private static IEnumerable<string> Wrap(string sentence)
    {
        const int Width = 118;
        const string Indent = "    ";
        int indent = 0;
        while (sentence.Length > Width)
        {
            int end = sentence.LastIndexOf(' ', Width);
            end = end >= indent ? end : sentence.IndexOf(' ', Width);
            if (end < 0)
            {
                break;
            }

            yield return sentence.Substring(0, end);
            sentence = Indent + sentence.Substring(end + 1);
            indent = Indent.Length;
        }

        yield return sentence;
    }
}

/// <summary>Names that several printers must agree on.</summary>
internal static class ModelNames
{
    private static readonly string[] CacheParts = ["keys", "values", "weights"];

    // A layer of the built-in architecture has one attention, after which nothing else need be named.
    public static string Cache(Node node, int which) =>
        (node.Scope.Prefix.Length > 0 && node.Local == "attention_y" ? node.Scope.Prefix : node.Name) + "_" + CacheParts[which];
}
