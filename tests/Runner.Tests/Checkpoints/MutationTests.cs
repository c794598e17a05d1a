using System.Buffers.Binary;
using System.Globalization;
using System.IO.Hashing;
using System.Text;
using MicroGpt.Runner.Checkpoints;
using Xunit;

namespace MicroGpt.Runner.Tests.Checkpoints;

/// <summary>
/// Mutated checkpoints: none crashes the reader, hangs it, makes it allocate without bound or is silently accepted. Half of them get the
/// checksum that belongs to them, so that what lies behind it is tested, too. tests/scripts/mutate-checkpoints.sh tests more of them.
/// </summary>
public sealed class MutationTests : IDisposable
{
    private const string CountVariable = "MICROGPT_MUTATIONS";
    private const long MostBytes = 64L << 20;

    private static readonly string[] Pieces =
    [
        "{", "}", "[", "]", ",", ":", "\"", "null", "true", "-1", "0", "1e99", "18446744073709551615", "9223372036854775807", "\"F64\"",
        "\"F33\"", "\"wte\"", "\"dtype\"", "\"shape\"", "\"data_offsets\"", "\"__metadata__\"", "\\u0000", "\\ud800", "\"run\"", "NaN",
    ];

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void NoMutatedFileIsAcceptedOrCrashesTheReader()
    {
        int count = int.Parse(Environment.GetEnvironmentVariable(CountVariable) ?? "400", CultureInfo.InvariantCulture);
        string save = folder.File("ck");
        string data = folder.Write("data.txt", "anna\notto\n");
        Assert.Equal(ExitCode.Success, CommandLine.Run(
            ProgramModels.All, isTerminal: false, "train", "--model", "Step5", "--data", data, "--steps", "3", "--samples", "0", "--save",
            save).ExitCode);
        byte[] original = File.ReadAllBytes(CheckpointFolder.Latest(save));
        ModelDescription model = ProgramModels.All.Single(entry => entry.Name == "Step5").Description;
        var random = new Random(20260101);
        int accepted = 0;
        for (int i = 0; i < count; i++)
        {
            byte[] mutated = Mutate(original, random);
            bool isSealed = i % 2 == 0 && Seal(mutated);
            if (mutated.AsSpan().SequenceEqual(original))
            {
                continue;
            }

            string path = folder.Write("mutated", mutated);
            long before = GC.GetAllocatedBytesForCurrentThread();
            bool isRead = Reads(path, model, i);
            Assert.True(GC.GetAllocatedBytesForCurrentThread() - before < MostBytes, $"mutation {i} allocated too much");

            // With its own checksum a file is what it says: numbers of the weights, of losses or of settings may be others.
            Assert.True(isSealed || !isRead, $"mutation {i} was accepted");
            accepted += isRead ? 1 : 0;
        }

        Assert.InRange(accepted, 0, count / 2);
    }

    /// <summary>
    /// Reads all of a file; true where nothing was found wrong, false where it was refused, an exception for anything else.
    /// </summary>
    private static bool Reads(string path, ModelDescription model, int number)
    {
        try
        {
            using CheckpointFile file = CheckpointFile.Open(path, "--checkpoint");
            file.CheckModel(model);
            file.Parameters(model);
            foreach (string name in file.StateNames)
            {
                Array.ForEach([.. model.Parameters], parameter => file.StateReader(name)(parameter, new double[parameter.Count]));
            }

            return true;
        }
        catch (RunnerException e)
        {
            Assert.Equal(ExitCode.Usage, e.ExitCode);
            return false;
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"mutation {number} is not refused but fails", e);
        }
    }

    private static byte[] Mutate(byte[] original, Random random)
    {
        var bytes = new List<byte>(original);
        int header = 8 + (int)BinaryPrimitives.ReadUInt64LittleEndian(original);
        for (int changes = random.Next(1, 4); changes > 0; changes--)
        {
            int place = random.Next(random.Next(4) == 0 ? bytes.Count : Math.Min(bytes.Count, header));
            switch (random.Next(7))
            {
                case 0:
                    bytes[place] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes.RemoveRange(place, Math.Min(random.Next(1, 64), bytes.Count - place));
                    break;
                case 2:
                    bytes.InsertRange(place, original.Skip(random.Next(header)).Take(random.Next(1, 200)));
                    break;
                case 3:
                    bytes.InsertRange(place, Encoding.ASCII.GetBytes(Pieces[random.Next(Pieces.Length)]));
                    break;
                case 4:
                    bytes.RemoveRange(place, bytes.Count - place);
                    break;
                case 5:
                    Digits(bytes, place, random);
                    break;
                default:
                    Length(bytes, random);
                    break;
            }

            if (bytes.Count == 0)
            {
                break;
            }
        }

        return [.. bytes];
    }

    /// <summary>Changes the next number of the header: shapes and offsets that contradict one another.</summary>
    private static void Digits(List<byte> bytes, int place, Random random)
    {
        int digit = bytes.FindIndex(place, value => value is >= (byte)'0' and <= (byte)'9');
        if (digit >= 0)
        {
            bytes[digit] = (byte)('0' + random.Next(10));
        }
    }

    /// <summary>Another length of the header: beside the true one, or any.</summary>
    private static void Length(List<byte> bytes, Random random)
    {
        if (bytes.Count < 8)
        {
            return;
        }

        byte[] prefix = [.. bytes.Take(8)];
        ulong length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        ulong other = random.Next(3) == 0 ? (ulong)random.NextInt64() : unchecked(length + (ulong)random.Next(-40, 40));
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, other);
        for (int i = 0; i < prefix.Length; i++)
        {
            bytes[i] = prefix[i];
        }
    }

    /// <summary>Writes the checksum that belongs to the file, where its header still has one.</summary>
    private static bool Seal(byte[] bytes)
    {
        byte[] key = Encoding.ASCII.GetBytes($"\"{SafetensorsFile.ChecksumKey}\":\"");
        int place = bytes.AsSpan().IndexOf(key) + key.Length;
        if (place < key.Length || place + 32 > bytes.Length)
        {
            return false;
        }

        bytes.AsSpan(place, 32).Fill((byte)'0');
        Encoding.ASCII.GetBytes(Convert.ToHexStringLower(XxHash128.Hash(bytes))).CopyTo(bytes, place);
        return true;
    }
}
