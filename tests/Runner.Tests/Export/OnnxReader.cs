using Google.Protobuf;

namespace MicroGpt.Runner.Tests.Export;

/// <summary>What an ONNX file says, read by the numbers of onnx.proto.</summary>
internal sealed record OnnxReader
{
    public int IrVersion { get; private set; }

    public int Opset { get; private set; }

    public string Producer { get; private set; } = "";

    public Dictionary<string, string> Metadata { get; } = [];

    public List<(string Op, string[] Inputs, string Output)> Nodes { get; } = [];

    public List<string> Initializers { get; } = [];

    public static OnnxReader Read(byte[] bytes)
    {
        var file = new OnnxReader();
        ILookup<int, object> model = Fields(bytes);
        file.IrVersion = (int)(ulong)model[1].Single();
        file.Producer = Text(model[2].Single());
        file.Opset = (int)(ulong)Fields(model[8].Single())[2].Single();
        foreach (ILookup<int, object> entry in model[14].Select(Fields))
        {
            file.Metadata.Add(Text(entry[1].Single()), Text(entry[2].Single()));
        }

        ILookup<int, object> graph = Fields(model[7].Single());
        file.Initializers.AddRange(graph[5].Select(tensor => Text(Fields(tensor)[8].Single())));
        file.Nodes.AddRange(graph[1].Select(Fields).Select(
            node => (Text(node[4].Single()), node[1].Select(Text).ToArray(), Text(node[2].Single()))));
        return file;
    }

    private static string Text(object field) => ((ByteString)field).ToStringUtf8();

    private static ILookup<int, object> Fields(object message)
    {
        var input = new CodedInputStream(message as byte[] ?? ((ByteString)message).ToByteArray());
        var fields = new List<(int Number, object Value)>();
        while (input.ReadTag() is var tag and not 0)
        {
            fields.Add((WireFormat.GetTagFieldNumber(tag), WireFormat.GetTagWireType(tag) == WireFormat.WireType.Varint
                ? input.ReadUInt64() : input.ReadBytes()));
        }

        return fields.ToLookup(field => field.Number, field => field.Value);
    }
}
