using System.Diagnostics;

namespace MicroGpt;

/// <summary>What a debugger shows of a tensor when it is opened.</summary>
internal sealed class TensorDebugView(Tensor tensor)
{
    /// <summary>How it was computed.</summary>
    public string Operation { get; } = tensor.Operation;

    /// <summary>The numbers as a table.</summary>
    public string Table => TensorText.Table(tensor);

    /// <summary>The numbers, an array a row.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Collapsed)]
    public double[][] Rows { get; } = Split(tensor, tensor.Values);

    /// <summary>The gradient of the loss, an array a row; null until the backward pass has come here.</summary>
    [DebuggerBrowsable(DebuggerBrowsableState.Collapsed)]
    public double[][]? Gradient { get; } = tensor.Gradient is { } gradient ? Split(tensor, gradient) : null;

    private static double[][] Split(Tensor tensor, double[] values) => [.. values.Chunk(tensor.Axis.Count)];
}
