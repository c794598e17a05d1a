using System.Globalization;
using System.Text;

namespace MicroGpt.Runner.Training;

/// <summary>
/// Writes the loss log: CSV with the header <c>step,document,positions,lr,loss</c>, one line a step, numbers in the shortest
/// form that reads back as the same double. Each line is handed to the system at once, so a killed run keeps its log.
/// </summary>
public sealed class LossLog : ITrainingObserver, IDisposable
{
    /// <summary>The first line of a log.</summary>
    public const string Header = "step,document,positions,lr,loss";

    // Room for three numbers and a double or two, beside the document.
    private const int NumbersLength = 128;

    private readonly string path;
    private readonly FileStream file;
    private byte[] line = new byte[512];
    private int length;

    private LossLog(string path, FileStream file)
    {
        this.path = path;
        this.file = file;
    }

    /// <summary>Creates the log file, or empties it, and writes the header.</summary>
    /// <exception cref="RunnerException">The file cannot be created.</exception>
    public static LossLog Create(string path)
    {
        try
        {
            if (Directory.Exists(path))
            {
                throw RunnerException.Usage($"--log: {path} is a folder; give the name of a file to write.");
            }

            var log = new LossLog(path, new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read, bufferSize: 0));
            log.AppendText(Encoding.UTF8.GetBytes(Header));
            log.EndLine();
            return log;
        }
        catch (DirectoryNotFoundException e)
        {
            throw RunnerException.Usage($"--log: the folder of {path} does not exist; create it first.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw RunnerException.Usage($"--log: {path} cannot be written: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    /// <exception cref="RunnerException">The line cannot be written, for example because the disk is full.</exception>
    public void OnStep(in TrainingStep step)
    {
        // Once as it is, and once more with every quotation mark doubled.
        int needed = checked((step.Document.MaxUtf8Length * 3) + NumbersLength);
        if (line.Length < needed)
        {
            line = new byte[needed];
        }

        Append(step.Step);
        Append((byte)',');
        Span<byte> document = line.AsSpan(line.Length - step.Document.MaxUtf8Length);
        AppendField(document[..step.Document.CopyUtf8To(document)]);
        Append((byte)',');
        Append(step.Positions);
        Append((byte)',');
        Append(step.LearningRate);
        Append((byte)',');
        Append(step.Loss);
        try
        {
            EndLine();
        }
        catch (IOException e)
        {
            throw RunnerException.Failure($"--log: {path} cannot be written any more: {e.Message}", e);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    /// <summary>A field as RFC 4180 has it: in quotation marks where it holds a comma, a quotation mark or a line break.</summary>
    private void AppendField(ReadOnlySpan<byte> text)
    {
        ReadOnlySpan<byte> rest = text;
        if (rest.IndexOfAny(",\"\r\n"u8) < 0)
        {
            AppendText(rest);
            return;
        }

        Append((byte)'"');
        for (int quote = rest.IndexOf((byte)'"'); quote >= 0; quote = rest.IndexOf((byte)'"'))
        {
            AppendText(rest[..(quote + 1)]);
            Append((byte)'"');
            rest = rest[(quote + 1)..];
        }

        AppendText(rest);
        Append((byte)'"');
    }

    private void AppendText(ReadOnlySpan<byte> text)
    {
        text.CopyTo(line.AsSpan(length));
        length += text.Length;
    }

    private void Append(byte character) => line[length++] = character;

    private void Append<T>(T number)
        where T : IUtf8SpanFormattable
    {
        // The default format of a double is the shortest that reads back as the same value.
        number.TryFormat(line.AsSpan(length), out int written, default, CultureInfo.InvariantCulture);
        length += written;
    }

    private void EndLine()
    {
        Append((byte)'\n');
        file.Write(line.AsSpan(0, length));
        length = 0;
    }
}
