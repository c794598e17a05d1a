using MicroGpt.Runner.Checkpoints;

namespace MicroGpt.Runner.Commands;

/// <summary>Finds out whether what a run writes would fall on what it reads, or on one another.</summary>
internal static class TrainOutputs
{
    /// <summary>Tests the files of a run before anything is written.</summary>
    /// <exception cref="RunnerException">Two of them are one, or one cannot be written.</exception>
    public static void Check(TrainArguments arguments)
    {
        if (arguments.Report is string report)
        {
            ReportOption.CheckWritable("--report", report);
        }
        else
        {
            ReportOption.CheckInspect(arguments.Inspect);
        }

        string? folder = arguments.Folder;
        (string Option, string? File)[] outputs =
        [
            ("--report", arguments.Report),
            ("--log", arguments.Log?.Path),
            ("--save", folder is null ? null : CheckpointFolder.Latest(folder)),
            ("--save", folder is null ? null : CheckpointFolder.Best(folder)),
        ];
        DataFileCheck.CheckFolder("--save", folder, arguments.Data);
        for (int i = 0; i < outputs.Length; i++)
        {
            (string option, string? file) = outputs[i];
            DataFileCheck.Check(option, file, arguments.Data);
            foreach ((string input, string? read) in new[] { (InitialWeights.Option, arguments.Init?.Path), ("--rename", arguments.Names) })
            {
                if (AreSame(file, read))
                {
                    throw RunnerException.Usage(
                        $"{option} and {input} are the same file, {file}: it would be overwritten. Give two names.");
                }
            }

            foreach ((string other, string? written) in outputs[(i + 1)..])
            {
                if (other != option && AreSame(file, written))
                {
                    throw RunnerException.Usage($"{option} and {other} are the same file, {file}; give two names.");
                }
            }

            if (option != "--save" && file is not null && folder is not null && CheckpointFolder.Reserves(folder, file))
            {
                throw RunnerException.Usage(
                    $"{option}: {file} has a name that the run keeps for itself in the folder of --save; give another name.");
            }
        }
    }

    private static bool AreSame(string? one, string? other) => one is not null && other is not null && ReportOption.SameFile(one, other);
}
