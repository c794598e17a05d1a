using System.Globalization;

namespace MicroGpt.Runner.Export.Onnx;

/// <summary>Rotary positions in operators of ONNX.</summary>
internal static class OnnxRope
{
    /// <summary>
    /// x cos − y sin and x sin + y cos of each pair (x, y) of channels, a pair being i and i + d / 2, or 2i and 2i + 1.
    /// </summary>
    public static OnnxValue Translate(OnnxTranslation to, GraphNode node)
    {
        OnnxGraph onnx = to.Onnx;
        int groups = node.Shape.Inner.Groups, size = node.Shape.Inner.Size, half = size / 2;
        bool interleaved = node.Text("pairs") == "interleaved";
        string x = to.Whole(node, 0);
        string first = interleaved
            ? OnnxOperations.Slice(to, node.Name + "_first", x, 0, size, 2) : OnnxOperations.Slice(to, node.Name + "_first", x, 0, half);
        string second = interleaved
            ? OnnxOperations.Slice(to, node.Name + "_second", x, 1, size, 2)
            : OnnxOperations.Slice(to, node.Name + "_second", x, half, size);
        double theta = node.Number("theta")!.Value;
        string cos = Angles(to, theta, size, groups > 1, "Cos"), sin = Angles(to, theta, size, groups > 1, "Sin");
        string left = onnx.Add(node.Name + "_left", "Sub", [Product(first, cos), Product(second, sin)]);
        string right = onnx.Add(node.Name + "_right", "Add", [Product(first, sin), Product(second, cos)]);
        if (!interleaved)
        {
            return OnnxValue.Whole(onnx.Add(node.Name, "Concat", [left, right], OnnxMessages.Attribute("axis", -1)), node.Shape);
        }

        // Side by side in a dimension of two, which then disappears.
        string last = onnx.Integers(-1);
        string pairs = onnx.Add(
            node.Name + "_pairs", "Concat",
            [onnx.Add(left + "_last", "Unsqueeze", [left, last]), onnx.Add(right + "_last", "Unsqueeze", [right, last])],
            OnnxMessages.Attribute("axis", -1));
        return OnnxValue.Whole(groups > 1 ? to.Reshape(pairs, node.Shape, groups, size) : to.Reshape(pairs, node.Shape, size), node.Shape);

        string Product(string a, string b) => onnx.Add(node.Name + "_product", "Mul", [a, b]);
    }

    /// <summary>
    /// Cosine or sine of position · θ^(−2i / d), [rows, d / 2] or [rows, 1, d / 2]. The angle is computed in double and brought below one
    /// turn before it becomes single: else far positions would have lost their fractions.
    /// </summary>
    private static string Angles(OnnxTranslation to, double theta, int size, bool hasGroups, string function)
    {
        OnnxGraph onnx = to.Onnx;
        string kind = string.Create(CultureInfo.InvariantCulture, $"{theta:R}_{size}");
        string angle = onnx.Once("angle_" + kind, () =>
        {
            double[] frequencies = [.. Enumerable.Range(0, size / 2).Select(pair => Math.Pow(theta, -2.0 * pair / size))];
            string positions = onnx.Once(
                "positions_double",
                () => onnx.Add("positions_double", "Cast", [to.Positions], OnnxMessages.Attribute("to", (long)OnnxType.Double)));
            string column = onnx.Once("positions_column", () => onnx.Add("positions_column", "Unsqueeze", [positions, onnx.Integers(1)]));
            string whole = onnx.Add("angle_whole", "Mul", [column, onnx.Doubles("frequencies_" + kind, frequencies)]);
            string turn = onnx.Double(2 * Math.PI);
            string turns = onnx.Add("angle_turns", "Floor", [onnx.Add("angle_ratio", "Div", [whole, turn])]);
            string rest = onnx.Add("angle_rest", "Sub", [whole, onnx.Add("angle_full", "Mul", [turns, turn])]);
            return onnx.Add("angle", "Cast", [rest], OnnxMessages.Attribute("to", (long)OnnxType.Float));
        });
        string name = function.ToLowerInvariant();
        string values = onnx.Once($"{name}_{kind}", () => onnx.Add(name, function, [angle]));
        return hasGroups
            ? onnx.Once($"{name}_{kind}_groups", () => onnx.Add(name + "_groups", "Unsqueeze", [values, onnx.Integers(1)])) : values;
    }
}
