using System.Runtime.InteropServices;

namespace MicroGpt.Runner.Commands;

/// <summary>
/// Turns Ctrl-C, and the system's request to end, into a cancellation that a command can finish cleanly on. A second one ends
/// the program at once.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource cancellation = new();
    private readonly PosixSignalRegistration interrupt;
    private readonly PosixSignalRegistration terminate;

    private Interruption()
    {
        interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal);
        terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal);
    }

    /// <summary>Is cancelled by the first signal.</summary>
    public CancellationToken Token => cancellation.Token;

    /// <summary>Happens with every further signal, which ends the process at once.</summary>
    public event Action? AskedAgain;

    /// <summary>The exit code that the signal asks for.</summary>
    public int ExitCode { get; private set; } = MicroGpt.Runner.ExitCode.Interrupted;

    /// <summary>Listens until disposed.</summary>
    public static Interruption Listen() => new();

    /// <inheritdoc/>
    public void Dispose()
    {
        interrupt.Dispose();
        terminate.Dispose();
        cancellation.Dispose();
    }

    private void OnSignal(PosixSignalContext context)
    {
        if (cancellation.IsCancellationRequested)
        {
            AskedAgain?.Invoke();
            return;
        }

        context.Cancel = true;
        ExitCode = context.Signal == PosixSignal.SIGTERM ? MicroGpt.Runner.ExitCode.Terminated : MicroGpt.Runner.ExitCode.Interrupted;
        cancellation.Cancel();
    }
}
