using System.Buffers;
using System.Text.Unicode;

namespace MicroGpt.Runner.Data;

/// <summary>Tells text from what is none.</summary>
internal static class TextProblem
{
    // Each character of UTF-16 takes at least one byte of UTF-8, so this many bytes never fill the buffer below.
    private const int Piece = 4096;

    /// <summary>What keeps bytes from being UTF-8 text, as the predicate of a sentence; null where nothing does.</summary>
    public static string? Find(ReadOnlySpan<byte> bytes)
    {
        if (!Utf8.IsValid(bytes))
        {
            int at = FirstInvalid(bytes);
            string hint = bytes is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..] ? " It looks like UTF-16." : "";
            return "is not UTF-8 text: "
                + $"line {Line(bytes, at)} has an invalid byte 0x{bytes[at]:X2} at offset {at}.{hint} Convert the file to UTF-8.";
        }

        int nul = bytes.IndexOf((byte)0);
        return nul < 0
            ? null
            : "is not text: "
                + $"line {Line(bytes, nul)} has a NUL byte at offset {nul}, as binary files and UTF-16 have. Give a text in UTF-8.";
    }

    private static int Line(ReadOnlySpan<byte> bytes, int offset) => bytes[..offset].Count((byte)'\n') + 1;

    private static int FirstInvalid(ReadOnlySpan<byte> bytes)
    {
        Span<char> buffer = stackalloc char[Piece];
        int start = 0;
        while (true)
        {
            ReadOnlySpan<byte> piece = bytes[start..Math.Min(start + Piece, bytes.Length)];
            bool isLast = start + piece.Length == bytes.Length;
            OperationStatus status = Utf8.ToUtf16(piece, buffer, out int read, out _, replaceInvalidSequences: false, isFinalBlock: isLast);
            start += read;
            if (status == OperationStatus.InvalidData)
            {
                return start;
            }
        }
    }
}
