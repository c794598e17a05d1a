using System.Buffers.Binary;
using System.IO.Hashing;
using System.Numerics;
using System.Runtime.InteropServices;

namespace MicroGpt.Runner.Checkpoints;

/// <summary>
/// Reads a safetensors file. Nothing is believed: the header's length, every tensor's place and, over all bytes, the checksum are tested
/// before anything is used, and memory is taken only for what the file really holds.
/// </summary>
public sealed class SafetensorsFile : IDisposable
{
    /// <summary>
    /// The entry of the metadata that holds the checksum: XXH128 over the whole file, in which the checksum itself is zeros.
    /// </summary>
    public const string ChecksumKey = "checksum";

    private const int ChecksumLength = 32;
    private const int BufferLength = 1 << 16;

    private readonly Stream stream;
    private readonly long dataStart;

    private SafetensorsFile(Stream stream, SafetensorsHeader header, long dataStart)
    {
        this.stream = stream;
        Header = header;
        this.dataStart = dataStart;
    }

    /// <summary>What the file says of itself.</summary>
    public SafetensorsHeader Header { get; }

    /// <summary>Reads and tests the header and, where there is one, the checksum.</summary>
    /// <param name="stream">The file, which can seek; it belongs to the result.</param>
    /// <param name="hasChecksum">
    /// Whether an entry of that name is a checksum of ours; of another writer's file, who knows what it is.
    /// </param>
    /// <exception cref="InvalidDataException">It is no valid safetensors file; the message says why.</exception>
    public static SafetensorsFile Open(Stream stream, bool hasChecksum = true)
    {
        long length = stream.Length;
        Span<byte> prefix = stackalloc byte[SafetensorsHeader.PrefixLength];
        Require(length > prefix.Length, "it is too short for a header");
        stream.ReadExactly(prefix);
        ulong headerLength = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        Require(headerLength <= SafetensorsHeader.LargestLength, "the length of its header is more than 100 MB");
        Require((long)headerLength <= length - prefix.Length, "its header is longer than the file");
        byte[] json = new byte[headerLength];
        stream.ReadExactly(json);
        Require(json is [(byte)'{', ..], "its header does not begin with {");
        long dataStart = prefix.Length + json.Length;
        SafetensorsHeader header = SafetensorsHeader.Parse(json, length - dataStart);
        if (hasChecksum && header.Metadata.TryGetValue(ChecksumKey, out string? checksum))
        {
            Require(Checksum(prefix, json, checksum, stream) == checksum, "its checksum is not that of its content");
        }

        return new SafetensorsFile(stream, header, dataStart);
    }

    /// <summary>Writes a file.</summary>
    /// <param name="stream">Where to; written from front to back.</param>
    /// <param name="metadata">Strings for the header.</param>
    /// <param name="tensors">Names, types, shapes; they get their places one behind the other.</param>
    /// <param name="fill">Gives the elements of a tensor; called twice for each, in their order, without a checksum once.</param>
    /// <param name="hasChecksum">Whether the file says the checksum of its content.</param>
    /// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
    public static void Write<T>(
        Stream stream,
        IReadOnlyDictionary<string, string> metadata,
        IReadOnlyList<(string Name, long[] Shape)> tensors,
        Func<string, ReadOnlyMemory<T>> fill,
        bool hasChecksum = true)
        where T : unmanaged
    {
        TensorType type = Marshal.SizeOf<T>() == sizeof(float) ? TensorType.F32 : TensorType.F64;
        var entries = new List<TensorEntry>();
        long end = 0;
        foreach ((string name, long[] shape) in tensors)
        {
            long length = shape.Aggregate((long)TensorTypes.Size(type), (product, dimension) => product * dimension);
            entries.Add(new TensorEntry(name, type, shape, end, end + length));
            end += length;
        }

        string blank = new('0', ChecksumLength);
        var strings = new Dictionary<string, string>(metadata);
        if (hasChecksum)
        {
            strings[ChecksumKey] = blank;
        }

        byte[] json = new SafetensorsHeader(strings, entries).ToJson();
        byte[] prefix = new byte[SafetensorsHeader.PrefixLength];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, (ulong)json.Length);
        if (hasChecksum)
        {
            var hash = new XxHash128();
            hash.Append(prefix);
            hash.Append(json);
            foreach (TensorEntry entry in entries)
            {
                hash.Append(MemoryMarshal.AsBytes(fill(entry.Name).Span));
            }

            System.Text.Encoding.ASCII.GetBytes(Hex(hash), json.AsSpan(ChecksumPlace(json, blank), ChecksumLength));
        }

        stream.Write(prefix);
        stream.Write(json);
        foreach (TensorEntry entry in entries)
        {
            stream.Write(MemoryMarshal.AsBytes(fill(entry.Name).Span));
        }
    }

    /// <summary>Reads a tensor of floating-point numbers into doubles, which hold them exactly.</summary>
    /// <param name="tensor">One of the header's, of type F64, F32, F16 or BF16.</param>
    /// <param name="destination">As many elements as it has.</param>
    /// <exception cref="ArgumentException">It is of another type.</exception>
    public void Read(TensorEntry tensor, Span<double> destination)
    {
        stream.Position = dataStart + tensor.Begin;
        switch (tensor.Type)
        {
            case TensorType.F64:
                stream.ReadExactly(MemoryMarshal.AsBytes(destination));
                break;
            case TensorType.F32:
                Read<float>(destination, value => value);
                break;
            case TensorType.F16:
                Read<Half>(destination, value => (double)value);
                break;
            case TensorType.BF16:
                Read<ushort>(destination, value => BitConverter.Int32BitsToSingle(value << 16));
                break;
            default:
                throw new ArgumentException($"{tensor.Name} is {tensor.Form}, not of floating-point numbers.", nameof(tensor));
        }
    }

    /// <inheritdoc/>
    public void Dispose() => stream.Dispose();

    private void Read<T>(Span<double> destination, Func<T, double> convert)
        where T : unmanaged
    {
        Span<T> part = new T[Math.Min(destination.Length, BufferLength)];
        for (int done = 0; done < destination.Length; done += part.Length)
        {
            part = part[..Math.Min(part.Length, destination.Length - done)];
            stream.ReadExactly(MemoryMarshal.AsBytes(part));
            for (int i = 0; i < part.Length; i++)
            {
                destination[done + i] = convert(part[i]);
            }
        }
    }

    private static string Checksum(ReadOnlySpan<byte> prefix, byte[] json, string stored, Stream data)
    {
        int place = stored.Length == ChecksumLength ? ChecksumPlace(json, stored) : -1;
        Require(place >= 0, "its checksum has not the form of one");
        byte[] blank = [.. json];
        blank.AsSpan(place, ChecksumLength).Fill((byte)'0');
        var hash = new XxHash128();
        hash.Append(prefix);
        hash.Append(blank);
        hash.Append(data);
        return Hex(hash);
    }

    /// <summary>Where the checksum stands in the header; -1 where it is not written as the format's writer writes it.</summary>
    private static int ChecksumPlace(byte[] json, string value)
    {
        ReadOnlySpan<byte> key = System.Text.Encoding.UTF8.GetBytes($"\"{ChecksumKey}\":\"{value}\"");
        int start = json.AsSpan().IndexOf(key);
        return start < 0 ? -1 : start + key.Length - 1 - ChecksumLength;
    }

    private static string Hex(XxHash128 hash) => Convert.ToHexStringLower(hash.GetCurrentHash());

    private static void Require(bool condition, string problem)
    {
        if (!condition)
        {
            throw new InvalidDataException(problem);
        }
    }
}
