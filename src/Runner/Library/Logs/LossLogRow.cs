using System.Buffers;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using MicroGpt.Runner.Data;
using MicroGpt.Runner.Training;

namespace MicroGpt.Runner.Logs;

/// <summary>Turns steps into lines of a log, in memory that is kept: allocates nothing once it has grown to the longest line.</summary>
internal abstract class LossLogRow
{
    // A document may be a book, of which a step reads the first page: more than this is not logged.
    private const int MostDocumentBytes = 1 << 16;

    private byte[] document = new byte[512];

    /// <summary>The line under way, or the last one.</summary>
    protected ArrayBufferWriter<byte> Buffer { get; } = new(512);

    /// <summary>The line of a step, in UTF-8, with its line feed.</summary>
    /// <param name="step">The step.</param>
    /// <param name="seconds">Seconds of training until its end.</param>
    /// <param name="rate">How fast the run goes.</param>
    public ReadOnlySpan<byte> Write(in TrainingStep step, double seconds, TrainingRate rate)
    {
        Buffer.ResetWrittenCount();
        WriteStep(step, seconds, rate);
        Buffer.Write("\n"u8);
        return Buffer.WrittenSpan;
    }

    /// <summary>The rows of a log.</summary>
    public static LossLogRow For(LossLogSettings settings) => settings.IsJson ? new JsonRow(settings) : new CsvRow(settings);

    /// <summary>A document in UTF-8; of a very long one, the beginning and three dots. Valid until the next call.</summary>
    protected ReadOnlySpan<byte> TextOf(DocumentText text)
    {
        if (document.Length < text.MaxUtf8Length)
        {
            document = new byte[text.MaxUtf8Length];
        }

        ReadOnlySpan<byte> bytes = document.AsSpan(0, text.CopyUtf8To(document));
        if (bytes.Length <= MostDocumentBytes)
        {
            return bytes;
        }

        int end = MostDocumentBytes;
        while ((bytes[end] & 0xC0) == 0x80)
        {
            end--; // within a character
        }

        "..."u8.CopyTo(document.AsSpan(end));
        return bytes[..(end + 3)];
    }

    /// <summary>Writes the line without its line feed.</summary>
    protected abstract void WriteStep(in TrainingStep step, double seconds, TrainingRate rate);

    /// <summary>Comma-separated values (RFC 4180), numbers in the shortest form that reads back as the same double.</summary>
    private sealed class CsvRow(LossLogSettings settings) : LossLogRow
    {
        private const int NumberLength = 32;

        protected override void WriteStep(in TrainingStep step, double seconds, TrainingRate rate)
        {
            Append(step.Step);
            AppendComma();
            AppendField(TextOf(step.Document));
            AppendComma();
            Append(step.Positions);
            AppendComma();
            Append(step.LearningRate);
            AppendComma();
            Append(step.Loss);
            if (settings.HeldOutLoss)
            {
                AppendOptional(step.HeldOutLoss);
            }

            if (settings.GradientNorm)
            {
                AppendOptional(step.GradientNorm);
            }
        }

        /// <summary>A field in quotation marks where it holds a comma, a quotation mark or a line break.</summary>
        private void AppendField(ReadOnlySpan<byte> text)
        {
            if (text.IndexOfAny(",\"\r\n"u8) < 0)
            {
                Buffer.Write(text);
                return;
            }

            Buffer.Write("\""u8);
            for (int quote = text.IndexOf((byte)'"'); quote >= 0; quote = text.IndexOf((byte)'"'))
            {
                Buffer.Write(text[..(quote + 1)]);
                Buffer.Write("\""u8);
                text = text[(quote + 1)..];
            }

            Buffer.Write(text);
            Buffer.Write("\""u8);
        }

        private void AppendOptional(double? number)
        {
            AppendComma();
            if (number is double known)
            {
                Append(known);
            }
        }

        private void AppendComma() => Buffer.Write(","u8);

        private void Append<T>(T number)
            where T : IUtf8SpanFormattable
        {
            number.TryFormat(Buffer.GetSpan(NumberLength), out int written, default, CultureInfo.InvariantCulture);
            Buffer.Advance(written);
        }
    }

    /// <summary>JSON lines: an object a line. A number that is not finite, which JSON does not have, becomes null.</summary>
    private sealed class JsonRow : LossLogRow
    {
        private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

        private readonly LossLogSettings settings;
        private readonly Utf8JsonWriter json;

        public JsonRow(LossLogSettings settings)
        {
            this.settings = settings;
            json = new Utf8JsonWriter(Buffer, Options);
        }

        protected override void WriteStep(in TrainingStep step, double seconds, TrainingRate rate)
        {
            json.Reset(Buffer);
            json.WriteStartObject();
            json.WriteNumber(LossLogColumn.Step, step.Step);
            json.WriteString(LossLogColumn.Document, TextOf(step.Document));
            json.WriteNumber(LossLogColumn.Positions, step.Positions);
            Write(LossLogColumn.LearningRate, step.LearningRate);
            Write(LossLogColumn.Loss, step.Loss);
            if (settings.HeldOutLoss)
            {
                Write(LossLogColumn.HeldOutLoss, step.HeldOutLoss);
            }

            if (settings.GradientNorm)
            {
                Write(LossLogColumn.GradientNorm, step.GradientNorm);
            }

            Write(LossLogColumn.Seconds, Math.Round(seconds, 6));
            Write(LossLogColumn.StepsPerSecond, Math.Round(rate.StepsPerSecond, 2));
            Write(LossLogColumn.PositionsPerSecond, Math.Round(rate.PositionsPerSecond, 1));
            json.WriteEndObject();
            json.Flush();
        }

        private void Write(string name, double? number)
        {
            if (number is double known && double.IsFinite(known))
            {
                json.WriteNumber(name, known);
            }
            else
            {
                json.WriteNull(name);
            }
        }
    }
}
