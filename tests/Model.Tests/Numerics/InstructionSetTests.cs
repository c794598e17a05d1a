using System.Diagnostics;
using System.Reflection;
using System.Runtime.Intrinsics.X86;
using Xunit;

namespace MicroGpt.Model.Tests.Numerics;

/// <summary>
/// Runs the tests of this folder once more in child processes in which instruction sets are switched off, so that the
/// code for other processors is tested on this one.
/// </summary>
public class InstructionSetTests
{
    private const string ChildVariable = "MICROGPT_NUMERICS_CHILD";

    /// <summary>The switches that change anything on this processor, and what is left without them.</summary>
    public static TheoryData<string, string> Switches
    {
        get
        {
            var switches = new TheoryData<string, string> { { "DOTNET_EnableHWIntrinsic", "no vector instructions at all" } };
            if (Avx2.IsSupported)
            {
                switches.Add("DOTNET_EnableAVX2", "128-bit vectors, no fused multiply-add");
            }

            if (Avx512F.IsSupported)
            {
                switches.Add("DOTNET_EnableAVX512", "256-bit vectors");
            }

            return switches;
        }
    }

    [Theory]
    [MemberData(nameof(Switches))]
    public async Task Everything_holds_without(string instructionSet, string whatIsLeft)
    {
        if (Environment.GetEnvironmentVariable(ChildVariable) is not null)
        {
            return;
        }

        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            ArgumentList =
            {
                "vstest", Assembly.GetExecutingAssembly().Location,
                $"--TestCaseFilter:FullyQualifiedName~{typeof(InstructionSetTests).Namespace}",
            },
        };
        start.Environment[ChildVariable] = "1";
        start.Environment[instructionSet] = "0";
        using Process child = Process.Start(start)!;
        Task<string> error = child.StandardError.ReadToEndAsync();
        string output = await child.StandardOutput.ReadToEndAsync();
        await child.WaitForExitAsync();
        Assert.True(child.ExitCode == 0, $"{whatIsLeft} ({instructionSet}=0):\n{output}\n{await error}");
    }
}
