namespace MicroGpt.Runner.Export.Onnx;

/// <summary>
/// What stands for a value of a model's graph: a tensor [rows, groups, size]. The rows are missing where it is the same for every row, the
/// groups where there is one; and where it repeats over groups or channels, that dimension is 1 or missing until somebody needs all of it.
/// Elementwise operators of ONNX repeat by themselves.
/// </summary>
/// <param name="Name">Name of the tensor.</param>
/// <param name="HasRows">Whether it has the dimension of the rows.</param>
/// <param name="Groups">Size of the dimension of the groups; 0 where it is missing.</param>
/// <param name="Size">Size of the last dimension.</param>
internal readonly record struct OnnxValue(string Name, bool HasRows, int Groups, int Size)
{
    /// <summary>A value that has no channels: indices, a matrix, a number.</summary>
    public static OnnxValue Of(string name) => new(name, false, 0, 1);

    /// <summary>A value with all the dimensions that a shape has.</summary>
    public static OnnxValue Whole(string name, GraphShape shape) => new(
        name, shape.Kind == GraphShapeKind.Rows, shape.Inner.Groups == 1 ? 0 : shape.Inner.Groups, shape.Inner.Size);
}
