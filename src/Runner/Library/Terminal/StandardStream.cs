using System.Runtime.InteropServices;

namespace MicroGpt.Runner.Terminal;

/// <summary>
/// Standard output or standard error as a stream that never throws: what cannot be written is dropped, and why is remembered. So a run goes
/// on when its reader leaves, and a full disk is reported once and in words.
/// </summary>
internal sealed unsafe partial class StandardStream : Stream
{
    private const int Interrupted = 4; // EINTR
    private const int BrokenPipe = 32; // EPIPE
    private const int GetDescriptorFlags = 1; // F_GETFD
    private const int CloseOnExec = 1; // FD_CLOEXEC

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);
    private static readonly int WouldBlock = OperatingSystem.IsMacOS() ? 35 : 11; // EAGAIN

    private readonly int descriptor;
    private readonly Stream? windows;
    private readonly CancellationTokenSource lost = new();

    /// <summary>Opens the stream of a descriptor.</summary>
    /// <param name="descriptor">1 for standard output, 2 for standard error.</param>
    public StandardStream(int descriptor)
    {
        this.descriptor = descriptor;
        if (OperatingSystem.IsWindows())
        {
            windows = descriptor == 1 ? Console.OpenStandardOutput() : Console.OpenStandardError();
            return;
        }

        // The number of a stream that was closed before the program started goes to the next file that is opened. Those of the runtime are
        // closed on exec, which no stream that came through an exec can be.
        int flags = GetFlags(descriptor, GetDescriptorFlags);
        if (flags < 0 || (flags & CloseOnExec) != 0)
        {
            IsClosed = true;
            lost.Cancel();
        }
    }

    /// <summary>Whether the stream was closed before the program started.</summary>
    public bool IsClosed { get; }

    /// <summary>Whether that is no failure: the command leaves its results elsewhere.</summary>
    public bool MayBeClosed { get; set; }

    /// <summary>Is cancelled when nothing more can be written.</summary>
    public CancellationToken Lost => lost.Token;

    /// <summary>Why it cannot be written; null where it can, or where its reader has left, which is no error.</summary>
    public string? Failure { get; private set; }

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (IsClosed)
        {
            Failure = MayBeClosed || buffer.IsEmpty ? Failure : "it is closed";
        }
        else if (windows is not null)
        {
            WriteOnWindows(buffer);
        }
        else
        {
            WriteToDescriptor(buffer);
        }
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    private void WriteOnWindows(ReadOnlySpan<byte> buffer)
    {
        try
        {
            windows!.Write(buffer);
        }
        catch (IOException e)
        {
            Lose(e.Message);
        }
    }

    private void WriteToDescriptor(ReadOnlySpan<byte> buffer)
    {
        while (!buffer.IsEmpty && !lost.IsCancellationRequested)
        {
            nint written;
            fixed (byte* start = buffer)
            {
                written = Write(descriptor, start, buffer.Length);
            }

            if (written >= 0)
            {
                buffer = buffer[(int)written..];
                continue;
            }

            int error = Marshal.GetLastPInvokeError();
            if (error == WouldBlock)
            {
                Thread.Sleep(Pause);
            }
            else if (error != Interrupted)
            {
                Lose(error == BrokenPipe ? null : Marshal.GetPInvokeErrorMessage(error));
            }
        }
    }

    private void Lose(string? failure)
    {
        Failure = failure;
        lost.Cancel();
    }

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(int descriptor, byte* bytes, nint count);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int GetFlags(int descriptor, int command);
}
