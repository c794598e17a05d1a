using Xunit;

namespace MicroGpt.Runner.Tests.Checkpoints;

/// <summary>What the program refuses of checkpoints, logs and prompts, asked of the program itself: message and exit code.</summary>
public sealed class RefusalProcessTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void NothingIsAcceptedThatIsNotTheRun()
    {
        string run = folder.File("run"), log = folder.File("log.csv"), other = folder.File("other.txt"), data = folder.File("names.txt");
        File.WriteAllLines(data, ["anna", "bea", "cleo", "dora"]);
        File.WriteAllLines(other, ["emil", "fritz"]);
        Assert.Equal(0, TrainerProcess.Run(
            "train", "--data", data, "--steps", "4", "--stop-at", "2", "--samples", "0", "--save", run, "--log", log).ExitCode);
        string checkpoint = Path.Combine(run, "latest.safetensors");
        byte[] whole = File.ReadAllBytes(checkpoint);

        Refused(["train", "--resume", run, "--batch", "2"], "--batch cannot stand with --resume", "--init");
        Refused(["train", "--resume", run, "--data", other], other, "is not the text that the run was trained on", "--init");
        Refused(["train", "--resume", folder.File("none")], "--resume", "none");
        Refused(["train", "--data", data, "--save", run], "holds a checkpoint", "--overwrite");
        Refused(["train", "--data", data, "--log", log], log, "--overwrite");
        Refused(["train", "--data", data, "--save-every", "5"], "--save-every", "--save");
        Refused(["train", "--model", "Step2", "--data", data, "--init", run], "is of another model than Step2");
        Refused(["sample", "--checkpoint", run, "--prompt", "xyz"], "--prompt", "'x'");
        Refused(["sample", "--checkpoint", run, "--top-p", "2"], "--top-p");
        Refused(["sample"], "--checkpoint is missing");
        Refused(["evaluate", "--checkpoint", run], "--data is missing");
        Refused(["evaluate", "--checkpoint", run, "--data", other], "the character");
        Refused(["models", "--checkpoint", data], data);
        Assert.Equal(whole, File.ReadAllBytes(checkpoint));

        string damaged = folder.File("damaged.safetensors");
        byte[] bytes = [.. whole];
        bytes[^9] ^= 1;
        File.WriteAllBytes(damaged, bytes);
        Refused(["sample", "--checkpoint", damaged], damaged, "checksum");
        File.WriteAllBytes(damaged, whole[..(whole.Length / 2)]);
        Refused(["sample", "--checkpoint", damaged], damaged);
    }

    private static void Refused(string[] args, params string[] parts)
    {
        (int exitCode, _, string error) = TrainerProcess.Run(args);
        Assert.True(exitCode == ExitCode.Usage, $"{string.Join(' ', args)}: {exitCode} {error}");
        Assert.StartsWith("error: ", error);
        Assert.DoesNotContain("   at ", error);
        Assert.All(parts, part => Assert.Contains(part, error));
    }
}
