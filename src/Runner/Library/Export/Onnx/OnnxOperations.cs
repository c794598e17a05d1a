namespace MicroGpt.Runner.Export.Onnx;

/// <summary>How each operation of a forward pass is said in operators of ONNX.</summary>
internal static class OnnxOperations
{
    private delegate OnnxValue Translator(OnnxTranslation to, GraphNode node);

    /// <summary>Elementwise functions that ONNX has.</summary>
    private static readonly Dictionary<string, string> Elementwise = new(StringComparer.Ordinal)
    {
        ["Add"] = "Add",
        ["Subtract"] = "Sub",
        ["Multiply"] = "Mul",
        ["Divide"] = "Div",
        ["Negate"] = "Neg",
        ["Exp"] = "Exp",
        ["Log"] = "Log",
        ["Sqrt"] = "Sqrt",
        ["Abs"] = "Abs",
        ["Tanh"] = "Tanh",
        ["Sigmoid"] = "Sigmoid",
        ["Erf"] = "Erf",
        ["Relu"] = "Relu",
        ["Max"] = "Max",
        ["Min"] = "Min",
        ["Clamp"] = "Clip",
    };

    private static readonly Dictionary<string, Translator> Others = new(StringComparer.Ordinal)
    {
        ["Input"] = static (to, node) => OnnxValue.Of(node.Text("value") == "tokens" ? OnnxTranslation.Tokens : to.Positions),
        ["Constant"] = static (to, node) => OnnxValue.Of(to.Onnx.Number(node.Number("value")!.Value)),
        ["Parameter"] = Parameter,
        ["Embed"] = static (to, node) =>
            FromFlat(to, node, to.Onnx.Add(node.Name, "Gather", [to.Input(node, 0).Name, to.Input(node, 1).Name])),

        // W is [out, in] in the file, too, so that it is the table of a tied head as it is.
        ["Linear"] = static (to, node) => FromFlat(to, node, to.Onnx.Add(
            node.Name, "Gemm", [to.Flat(node, 0), to.Input(node, 1).Name], OnnxMessages.Attribute("transB", 1))),
        ["Square"] = static (to, node) =>
            to.Input(node, 0) with { Name = to.Onnx.Add(node.Name, "Mul", [to.Input(node, 0).Name, to.Input(node, 0).Name]) },
        ["Rsqrt"] = static (to, node) =>
        {
            OnnxValue x = to.Input(node, 0);
            return x with { Name = to.Onnx.Add(node.Name, "Reciprocal", [to.Onnx.Add(node.Name + "_root", "Sqrt", [x.Name])]) };
        },
        ["Sum"] = static (to, node) => OnnxValue.Whole(
            to.Onnx.Add(node.Name, "ReduceSum", [to.Whole(node, 0), to.Onnx.Integers(-1)], OnnxMessages.Attribute("keepdims", 1)),
            node.Shape),
        ["Largest"] = static (to, node) => OnnxValue.Whole(
            to.Onnx.Add(
                node.Name, "ReduceMax", [to.Whole(node, 0)], OnnxMessages.Attribute("axes", [-1]), OnnxMessages.Attribute("keepdims", 1)),
            node.Shape),

        // What only repeats is left to the operator that reads it.
        ["RepeatRows"] = static (to, node) => to.Input(node, 0),
        ["RepeatChannels"] = static (to, node) => to.Input(node, 0),
        ["RepeatGroups"] = static (to, node) => RepeatGroups(to, node),
        ["Regroup"] = static (to, node) => FromFlat(to, node, to.Flat(node, 0)),
        ["Detach"] = static (to, node) => to.Input(node, 0),
        ["Dropout"] = static (to, node) => to.Input(node, 0),
        ["Concat"] = static (to, node) => OnnxValue.Whole(
            to.Onnx.Add(node.Name, "Concat", [.. Enumerable.Range(0, node.Inputs.Count)
                .Select(input => to.Whole(node, input))], OnnxMessages.Attribute("axis", -1)), node.Shape),
        ["Slice"] = static (to, node) => OnnxValue.Whole(
            Slice(to, node.Name, to.Whole(node, 0), (long)node.Number("from")!.Value, (long)node.Number("to")!.Value), node.Shape),
        ["Pad"] = Pad,
        ["Rope"] = OnnxRope.Translate,
        ["Attention"] = OnnxAttention.Translate,
    };

    /// <summary>The operations that have a translation.</summary>
    public static IEnumerable<string> Known => [.. Elementwise.Keys, .. Others.Keys];

    /// <summary>Translates a node, whose inputs have been translated; null where its operation has no translation.</summary>
    public static OnnxValue? Translate(OnnxTranslation to, GraphNode node) =>
        Elementwise.TryGetValue(node.Op, out string? op) ? Apply(to, node, op)
        : Others.TryGetValue(node.Op, out Translator? translate) ? translate(to, node)
        : null;

    /// <summary>Channels from a first one up to a last one that is not included, of those in the last dimension.</summary>
    public static string Slice(OnnxTranslation to, string name, string x, long from, long end, long step = 1) =>
        to.Onnx.Add(name, "Slice", [x, to.Onnx.Integers(from), to.Onnx.Integers(end), to.Onnx.Integers(-1), to.Onnx.Integers(step)]);

    /// <summary>A value [rows, channels] in the groups of the node that it is of.</summary>
    public static OnnxValue FromFlat(OnnxTranslation to, GraphNode node, string flat) => OnnxValue.Whole(
        node.Shape.Inner.Groups == 1 ? flat : to.Reshape(flat, node.Shape, node.Shape.Inner.Groups, node.Shape.Inner.Size), node.Shape);

    private static OnnxValue Apply(OnnxTranslation to, GraphNode node, string op)
    {
        OnnxValue[] inputs = [.. Enumerable.Range(0, node.Inputs.Count).Select(input => to.Input(node, input))];
        string name = to.Onnx.Add(node.Name, op, [.. inputs.Select(input => input.Name)]);
        return new OnnxValue(name, inputs.Any(input => input.HasRows), inputs.Max(input => input.Groups), inputs.Max(input => input.Size));
    }

    private static OnnxValue Parameter(OnnxTranslation to, GraphNode node)
    {
        string numbers = to.Parameter(node.Text("parameter")!);
        return node.Shape.Kind == GraphShapeKind.Vector ? FromFlat(to, node, numbers) : OnnxValue.Of(numbers);
    }

    private static OnnxValue RepeatGroups(OnnxTranslation to, GraphNode node)
    {
        OnnxValue x = to.Input(node, 0);
        return x.HasRows ? x with { Name = to.Onnx.Add(node.Name, "Unsqueeze", [x.Name, to.Onnx.Integers(1)]), Groups = 1 } : x;
    }

    private static OnnxValue Pad(OnnxTranslation to, GraphNode node)
    {
        OnnxValue whole = OnnxValue.Whole(node.Name, node.Shape);
        long[] others = new long[(whole.HasRows ? 1 : 0) + (whole.Groups > 0 ? 1 : 0)];
        string widths = to.Onnx.Integers([.. others, (long)node.Number("before")!.Value, .. others, (long)node.Number("after")!.Value]);
        return whole with { Name = to.Onnx.Add(node.Name, "Pad", [to.Whole(node, 0), widths]) };
    }
}
