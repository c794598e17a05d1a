using System.Diagnostics;
using System.Runtime.CompilerServices;
using Xunit;

namespace MicroGpt.Packages.Tests;

/// <summary>
/// The packages, packed and used as a stranger would. <c>tests/scripts/packages.sh</c> has more cases than those that run with every build.
/// </summary>
public sealed class PackagesTests
{
#if RELEASE
    private const string Configuration = "Release";
#else
    private const string Configuration = "Debug";
#endif

    [Fact]
    public async Task ATrainerOfTheTemplateTrainsAndFollowsAnEditAndMistakesGetOneError()
    {
        string folder = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, ".."));
        var start = new ProcessStartInfo("bash", [Path.Combine(folder, "scripts", "packages.sh"), "trainer", "wrong"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["MICROGPT_CONFIGURATION"] = Configuration;
        start.Environment["MICROGPT_PACK_OPTIONS"] = "--no-build";
        using Process process = Process.Start(start)!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, output + await error);
        Assert.Equal("trainer: passed\nwrong: passed\n", output);
    }

    /// <summary>
    /// What the command line says of publishing reaches every project; those for compilers and editors could not be restored then
    /// (NETSDK1207).
    /// </summary>
    [Theory]
    [InlineData("Generator/Generator.csproj")]
    [InlineData("CodeFixes/CodeFixes.csproj")]
    public async Task PublishingSaysNothingToWhatRunsInCompilers(string project)
    {
        string file = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(ThisFile())!, "../../src", project));
        string[] properties = ["PublishAot", "PublishTrimmed", "PublishSingleFile"];
        var start = new ProcessStartInfo(
            "dotnet",
            ["msbuild", file, "-nologo", .. properties.Select(p => $"-p:{p}=true"), "-getProperty:" + string.Join(',', properties)])
        {
            RedirectStandardOutput = true,
        };
        using Process process = Process.Start(start)!;
        string output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal(0, process.ExitCode);
        Assert.All(properties, property => Assert.Contains($"\"{property}\": \"false\"", output, StringComparison.Ordinal));
    }

    private static string ThisFile([CallerFilePath] string path = "") => path;
}
