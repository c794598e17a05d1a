using System.Runtime.InteropServices;

namespace MicroGpt.Runner.Export.Onnx;

/// <summary>The types of elements that a file names, by their numbers in the format's <c>TensorProto.DataType</c>.</summary>
internal enum OnnxType
{
    Float = 1,
    Int64 = 7,
    Double = 11,
}

/// <summary>
/// The messages of the format that a file is made of. Numbers of fields are those of onnx.proto, which every reader has:
/// https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.
/// </summary>
internal static class OnnxMessages
{
    /// <summary>The version of the format; it goes with <see cref="Opset"/>.</summary>
    private const int IrVersion = 8;

    /// <summary>The version of the set of operators.</summary>
    public const int Opset = 17;

    /// <summary>A whole file: <c>ModelProto</c>.</summary>
    public static ProtoMessage Model(
        ProtoMessage graph, string producerVersion, IEnumerable<(string Key, string Value)> metadata) => new ProtoMessage()
        .Add(1, IrVersion)
        .Add(2, "MicroGpt")
        .Add(3, producerVersion)
        .Add(7, graph)
        .Add(8, new ProtoMessage().Add(1, "").Add(2, Opset))
        .AddAll(14, metadata.Select(entry => new ProtoMessage().Add(1, entry.Key).Add(2, entry.Value)));

    /// <summary>What is computed: <c>GraphProto</c>.</summary>
    public static ProtoMessage Graph(string name, OnnxGraph graph, ProtoMessage input, ProtoMessage output) => new ProtoMessage()
        .AddAll(1, graph.Nodes)
        .Add(2, name)
        .AddAll(5, graph.Initializers)
        .Add(11, input)
        .Add(12, output);

    /// <summary>An operation: <c>NodeProto</c>.</summary>
    public static ProtoMessage Node(
        string op, IReadOnlyList<string> inputs, string output, params ProtoMessage[] attributes) => new ProtoMessage()
        .AddAll(1, inputs)
        .Add(2, output)
        .Add(3, output)
        .Add(4, op)
        .AddAll(5, attributes);

    /// <summary>A whole number that an operation is told: <c>AttributeProto</c>.</summary>
    public static ProtoMessage Attribute(string name, long value) => new ProtoMessage().Add(1, name).Add(3, value).Add(20, 2);

    /// <summary>Whole numbers that an operation is told.</summary>
    public static ProtoMessage Attribute(string name, params long[] values) => new ProtoMessage().Add(1, name).AddAll(8, values).Add(20, 7);

    /// <summary>Numbers that the file holds: <c>TensorProto</c>.</summary>
    /// <param name="name">Their name.</param>
    /// <param name="dimensions">Their shape; none for a single number.</param>
    /// <param name="values">The numbers.</param>
    /// <param name="type">Their type, which is T.</param>
    public static ProtoMessage Tensor<T>(string name, IReadOnlyList<long> dimensions, ReadOnlySpan<T> values, OnnxType type)
        where T : unmanaged => new ProtoMessage()
        .AddAll(1, dimensions)
        .Add(2, (long)type)
        .Add(8, name)
        .Add(9, MemoryMarshal.AsBytes(values).ToArray());

    /// <summary>An input or output of the graph: <c>ValueInfoProto</c>.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="type">Type of its elements.</param>
    /// <param name="dimensions">Its shape: names of those that are known only when it is run, numbers of the others.</param>
    public static ProtoMessage Value(string name, OnnxType type, params object[] dimensions)
    {
        var shape = new ProtoMessage().AddAll(1, dimensions.Select(dimension => dimension is string symbol
            ? new ProtoMessage().Add(2, symbol)
            : new ProtoMessage().Add(1, Convert.ToInt64(dimension, System.Globalization.CultureInfo.InvariantCulture))));
        var tensor = new ProtoMessage().Add(1, (long)type).Add(2, shape);
        return new ProtoMessage().Add(1, name).Add(2, new ProtoMessage().Add(1, tensor));
    }
}
