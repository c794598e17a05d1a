using Google.Protobuf;

namespace MicroGpt.Runner.Export.Onnx;

/// <summary>
/// A message of protocol buffers that is written field by field, in the order in which they were added. A message is complete before it
/// becomes a field of another, so that its length is known.
/// </summary>
internal sealed class ProtoMessage
{
    private readonly List<Action<CodedOutputStream>> fields = [];

    /// <summary>Bytes of the message.</summary>
    public long Size { get; private set; }

    /// <summary>Adds an integer or the number of an enumeration.</summary>
    public ProtoMessage Add(int field, long value) =>
        Add(field, WireFormat.WireType.Varint, CodedOutputStream.ComputeInt64Size(value), output => output.WriteInt64(value));

    /// <summary>Adds a text.</summary>
    public ProtoMessage Add(int field, string value) =>
        Add(field, WireFormat.WireType.LengthDelimited, CodedOutputStream.ComputeStringSize(value), output => output.WriteString(value));

    /// <summary>Adds bytes, which are not copied.</summary>
    public ProtoMessage Add(int field, ReadOnlyMemory<byte> value)
    {
        ByteString bytes = UnsafeByteOperations.UnsafeWrap(value);
        return Add(
            field, WireFormat.WireType.LengthDelimited, CodedOutputStream.ComputeBytesSize(bytes), output => output.WriteBytes(bytes));
    }

    /// <summary>Adds a message.</summary>
    public ProtoMessage Add(int field, ProtoMessage value)
    {
        int length = checked((int)value.Size);
        return Add(field, WireFormat.WireType.LengthDelimited, CodedOutputStream.ComputeLengthSize(length) + value.Size, output =>
        {
            output.WriteLength(length);
            value.WriteFields(output);
        });
    }

    /// <summary>Adds a field several times.</summary>
    public ProtoMessage AddAll(int field, IEnumerable<long> values) =>
        values.Aggregate(this, (message, value) => message.Add(field, value));

    /// <inheritdoc cref="AddAll(int, IEnumerable{long})"/>
    public ProtoMessage AddAll(int field, IEnumerable<string> values) =>
        values.Aggregate(this, (message, value) => message.Add(field, value));

    /// <inheritdoc cref="AddAll(int, IEnumerable{long})"/>
    public ProtoMessage AddAll(int field, IEnumerable<ProtoMessage> values) =>
        values.Aggregate(this, (message, value) => message.Add(field, value));

    /// <summary>Writes the message.</summary>
    /// <param name="stream">Where to; it stays open.</param>
    public void WriteTo(Stream stream)
    {
        using var output = new CodedOutputStream(stream, leaveOpen: true);
        WriteFields(output);
    }

    private void WriteFields(CodedOutputStream output)
    {
        foreach (Action<CodedOutputStream> write in fields)
        {
            write(output);
        }
    }

    private ProtoMessage Add(int field, WireFormat.WireType type, long size, Action<CodedOutputStream> write)
    {
        Size += CodedOutputStream.ComputeTagSize(field) + size;
        fields.Add(output =>
        {
            output.WriteTag(field, type);
            write(output);
        });
        return this;
    }
}
