using System.Diagnostics;
using System.Runtime.InteropServices;

namespace MicroGpt.Model.Tests.Parity;

/// <summary>
/// The width of the vectors is chosen once a process, so each width is tested in a process of its own: this assembly, started as a
/// program (see <see cref="Program"/>).
/// </summary>
public class VectorWidthTests
{
    private static readonly string[] Switches = ["MICROGPT_VECTOR_BITS", "DOTNET_EnableAVX2", "DOTNET_EnableHWIntrinsic"];

    [Theory]
    [InlineData("MICROGPT_VECTOR_BITS", "128", 128)]
    [InlineData("MICROGPT_VECTOR_BITS", "256", 256)]
    [InlineData("MICROGPT_VECTOR_BITS", "512", 512)]
    // Without fused multiply-add, which is the kernels' of 128 bits otherwise: some models of each kind.
    [InlineData(
        "DOTNET_EnableAVX2", "0", 128, nameof(PrimeWidth), nameof(ThreeHeads), nameof(WideHeads), nameof(WithAdam), nameof(MlpWithAdam),
        nameof(Gpt2HeadsOfFive), nameof(LlamaHeadsOfSix), nameof(SpeedRun))]
    [InlineData("DOTNET_EnableHWIntrinsic", "0", 128, nameof(PrimeWidth), nameof(NamesGpt))] // Slow: no vector hardware at all.
    public async Task All_checks_pass_with(string name, string value, int bits, params string[] models)
    {
        var start = new ProcessStartInfo(DotnetHost())
        {
            ArgumentList = { "exec", typeof(Program).Assembly.Location },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        Array.ForEach(models, start.ArgumentList.Add);
        Array.ForEach(Switches, other => start.Environment.Remove(other));
        start.Environment[name] = value;

        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(10));
        try
        {
            await process.WaitForExitAsync(limit.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"Not done after ten minutes.\n{await output}\n{await error}");
        }

        int count = models.Length == 0 ? CheckedModels.All.Count : models.Length;
        string summary = $"{count * ParityCheck.All.Count} checks on {count} models at {bits} bits: all passed";
        Assert.True(process.ExitCode == 0 && (await output).TrimEnd().EndsWith(summary, StringComparison.Ordinal),
            $"Expected: {summary}\n{await output}\n{await error}");
    }

    /// <summary>The host that runs this process, found from its runtime (<c>shared/Microsoft.NETCore.App/version</c>).</summary>
    private static string DotnetHost() => Path.GetFullPath(Path.Combine(
        RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet"));
}
