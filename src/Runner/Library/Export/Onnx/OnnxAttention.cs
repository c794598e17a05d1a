using System.Globalization;

namespace MicroGpt.Runner.Export.Onnx;

/// <summary>Causal attention in operators of ONNX.</summary>
internal static class OnnxAttention
{
    /// <summary>
    /// For each head softmax(scale q kᵀ, capped and masked) v. The whole document is one segment: what is before it is what was never fed.
    /// </summary>
    public static OnnxValue Translate(OnnxTranslation to, GraphNode node)
    {
        OnnxGraph onnx = to.Onnx;
        long heads = (long)node.Number("heads")!.Value, keyHeads = (long)node.Number("key heads")!.Value;
        string q = Transposed("_q", to.Grouped(node, 0), 1, 0, 2);
        string k = OfHeads("_k", Transposed("_k", to.Grouped(node, 1), 1, 2, 0));
        string v = OfHeads("_v", Transposed("_v", to.Grouped(node, 2), 1, 0, 2));
        string scores = onnx.Add(
            node.Name + "_scores", "Mul", [onnx.Add(node.Name + "_product", "MatMul", [q, k]), onnx.Number(node.Number("scale")!.Value)]);
        if (node.Number("softcap") is double cap)
        {
            string capped = onnx.Add(node.Name + "_tanh", "Tanh", [onnx.Add(node.Name + "_ratio", "Div", [scores, onnx.Number(cap)])]);
            scores = onnx.Add(node.Name + "_capped", "Mul", [capped, onnx.Number(cap)]);
        }

        // The least number, whose exp is 0: an infinity would be NaN to some back ends.
        string seen = onnx.Add(node.Name + "_seen", "Where", [Mask(to, node.Number("window")), scores, onnx.Number(float.MinValue)]);
        string weights = onnx.Add(node.Name + "_weights", "Softmax", [seen], OnnxMessages.Attribute("axis", -1));
        string byHead = onnx.Add(node.Name + "_heads", "MatMul", [weights, v]);
        string y = onnx.Add(node.Name, "Transpose", [byHead], OnnxMessages.Attribute("perm", [1, 0, 2]));
        return OnnxValue.Whole(node.Shape.Inner.Groups > 1 ? y : to.Reshape(y, node.Shape, node.Shape.Inner.Size), node.Shape);

        string Transposed(string suffix, string x, params long[] order) =>
            onnx.Add(node.Name + suffix, "Transpose", [x], OnnxMessages.Attribute("perm", order));

        // Query head h reads key head h / (heads / keyHeads).
        string OfHeads(string suffix, string x) => heads == keyHeads ? x : onnx.Add(
            node.Name + suffix + "_of_heads", "Gather",
            [x, onnx.Integers([.. Enumerable.Range(0, (int)heads).Select(head => head / (heads / keyHeads))])]);
    }

    /// <summary>
    /// [rows, rows]: whether a row sees another, its own and those before it, or the last of these where there is a window.
    /// </summary>
    private static string Mask(OnnxTranslation to, double? window)
    {
        OnnxGraph onnx = to.Onnx;
        string row = onnx.Once("mask_row", () => onnx.Add("mask_row", "Unsqueeze", [to.Positions, onnx.Integers(1)]));
        string key = onnx.Once("mask_key", () => onnx.Add("mask_key", "Unsqueeze", [to.Positions, onnx.Integers(0)]));
        string causal = onnx.Once("mask", () => onnx.Add("mask", "LessOrEqual", [key, row]));
        if (window is not double count)
        {
            return causal;
        }

        string suffix = ((long)count).ToString(CultureInfo.InvariantCulture);
        return onnx.Once("mask_window_" + suffix, () =>
        {
            string before = onnx.Add("mask_before_" + suffix, "Sub", [row, onnx.Integer((long)count)]);
            return onnx.Add("mask_window_" + suffix, "And", [causal, onnx.Add("mask_near_" + suffix, "Greater", [key, before])]);
        });
    }
}
