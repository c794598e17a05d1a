using System.CommandLine;
using System.CommandLine.Parsing;
using MicroGpt.Numerics;
using MicroGpt.Runner.Commands;
using MicroGpt.Runner.Comparison;
using MicroGpt.Runner.Distribution;

namespace MicroGpt.Runner;

/// <summary>
/// The command line as a library: a program with compiled models of its own calls <see cref="Run"/> with its registry and is
/// the whole trainer.
/// </summary>
/// <example><code>
/// return RunnerApp.Run(args, CompiledModels.All, RunnerConsole.OfProcess());
/// </code></example>
public static class RunnerApp
{
    /// <summary>Set this environment variable to see the stack trace of a failure.</summary>
    public const string StackTraceVariable = "MICROGPT_STACKTRACE";

    private const string DefaultCommand = "train";

    /// <summary>What several processes do together; anything else they would do several times over, in the same files.</summary>
    private static readonly string[] s_commandsOfRanks = [DefaultCommand, "compare", "evaluate", "bench", "plan"];

    /// <summary>What computes with no model.</summary>
    private static readonly string[] s_commandsWithoutVectors = ["data", "models", "verify"];

    /// <summary>Runs one command.</summary>
    /// <param name="args">The command line. Without a command, <c>train</c> is meant.</param>
    /// <param name="models">The compiled models that can be named.</param>
    /// <param name="console">Where to write.</param>
    /// <param name="course">The steps of a course for <c>compare</c>, where the program has one.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static int Run(
        IReadOnlyList<string> args, IReadOnlyList<ModelEntry> models, RunnerConsole console, IReadOnlyList<CourseStep>? course = null)
    {
        if (console.Standard is null || (Launcher.Sign is null && Launcher.Strange is null))
        {
            return RunHere(args, models, console, course);
        }

        try
        {
            CheckLauncher();
            using Job job = Job.Join();
            return RunHere(args, models, console.Of(job), course);
        }
        catch (RunnerException) when (WithDefaultCommand(args)[0] is ['-', ..])
        {
            // Without the job of the launcher, where no rank can wait for another, help and version are those of one process.
            return Launcher.Rank == 0 ? RunHere(args, models, console, course) : ExitCode.Success;
        }
        catch (RunnerException e)
        {
            return Report(console, e, $"rank {Launcher.Rank} ({Environment.MachineName}): {e.Message}", e.ExitCode);
        }
    }

    /// <summary>Runs one command on this process, which may be a rank.</summary>
    /// <param name="args">The command line.</param>
    /// <param name="models">The compiled models.</param>
    /// <param name="console">Where to write.</param>
    /// <param name="course">The steps of a course.</param>
    private static int RunHere(
        IReadOnlyList<string> args, IReadOnlyList<ModelEntry> models, RunnerConsole console, IReadOnlyList<CourseStep>? course)
    {
        // Errors and warnings appear above what is drawn again and again.
        console = console.IsTerminal ? console with { Error = console.Live.Over(console.Error) } : console;
        try
        {
            var root = new RootCommand("Trains GPTs that the C# compiler wrote. Without a command, 'train' is meant.");
            IReadOnlyList<string> line = WithDefaultCommand(args);
            var context = new CommandContext(models, course ?? [], console);
            foreach (Command command in Commands(line[0], context))
            {
                root.Add(command);
            }

            HelpWithExamples.AddTo(root, context);

            // A value that begins with @ is a value, not a response file.
            var parsing = new ParserConfiguration { ResponseFileTokenReplacer = null };
            ParseResult result = root.Parse(line, parsing);
            if (result.Errors.Count > 0 || result.UnmatchedTokens.Count > 0)
            {
                throw RunnerException.Usage(UsageError.Explain(result));
            }

            // The action of an option, not of the command: it prints the help or the version.
            bool isHelp = result.Action != result.CommandResult.Command.Action;
            if (!isHelp)
            {
                CheckRanks(console.Job, line[0]);
                CheckVectors(line[0]);
            }

            int exitCode = result.Invoke(new InvocationConfiguration
            {
                Output = console.Out,
                Error = console.Error,
                EnableDefaultExceptionHandler = false,
            });
            if (isHelp && console.Job.Size > 1)
            {
                RankFailure.Agree(console.Job, RankFacts.OfHelp); // The others would wait for this rank in vain.
            }

            return exitCode == ExitCode.Success && console.Standard?.Failure is string problem
                ? throw RunnerException.Failure($"standard output cannot be written: {problem}.")
                : exitCode;
        }
        catch (Exception e) when (console.Job.Size > 1)
        {
            return EndOfRank(console with { Error = console.OwnError ?? console.Error }, e);
        }
        catch (RunnerException e)
        {
            return Report(console, e, e.Message, e.ExitCode);
        }
        catch (Exception e)
        {
            return Report(
                console, e, $"unexpected {e.GetType().Name}: {e.Message} (set {StackTraceVariable}=1 to see where)", ExitCode.Failure);
        }
    }

    /// <summary>
    /// The commands, one file each, in the order of the help. Where the line begins with the name of one, that one alone: each has types of
    /// options that the just-in-time compiler would have to compile.
    /// </summary>
    private static IEnumerable<Command> Commands(string first, CommandContext context)
    {
        (string Name, Func<CommandContext, Command> Create)[] all =
        [
            (DefaultCommand, TrainCommand.Create),
            ("data", DataCommand.Create),
            ("sample", SampleCommand.Create),
            ("evaluate", EvaluateCommand.Create),
            ("export", ExportCommand.Create),
            ("models", ModelsCommand.Create),
            ("compare", CompareCommand.Create),
            ("gradcheck", GradCheckCommand.Create),
            ("check", CheckCommand.Create),
            ("bench", BenchCommand.Create),
            ("plan", PlanCommand.Create),
            ("verify", VerifyCommand.Create),
        ];
        var named = Array.FindAll(all, command => command.Name == first);
        return (named.Length > 0 ? named : all).Select(command => command.Create(context));
    }

    /// <summary>
    /// Options without a command belong to the default one; the help, also as a word, and the version stay with the program.
    /// </summary>
    private static IReadOnlyList<string> WithDefaultCommand(IReadOnlyList<string> args) => args switch
    {
        [] => [DefaultCommand],
        ["help"] or ["help", "help", ..] => ["--help"],
        ["help", string command, ..] => [command, "--help"],
        ["--help" or "-h" or "-?" or "--version", ..] => args,
        [['-', ..], ..] => [DefaultCommand, .. args],
        _ => args,
    };

    /// <summary>That several processes would each run the command on its own, in the same files.</summary>
    private static void CheckLauncher()
    {
        if (Launcher.Strange is int processes)
        {
            throw RunnerException.Usage(FormattableString.Invariant(
                $"a launcher that is not Open MPI's started {processes} processes (PMI_SIZE is set): each would do the same on its own. ")
                + "Start them by Open MPI's mpirun, or by srun --mpi=pmix.");
        }
    }

    /// <summary>That several processes run a command which is the work of one.</summary>
    private static void CheckRanks(Job job, string command)
    {
        if (job.Size > 1 && !s_commandsOfRanks.Contains(command))
        {
            throw RunnerException.Usage(FormattableString.Invariant(
                $"'{command}' is the work of one process, and a launcher started {job.Size}: start it without the launcher. ")
                + $"Several processes together run {string.Join(", ", s_commandsOfRanks[..^1])} and {s_commandsOfRanks[^1]}.");
        }
    }

    /// <summary>That vectors are asked for which there are not: a model would fail at it under way.</summary>
    private static void CheckVectors(string command)
    {
        if (s_commandsWithoutVectors.Contains(command))
        {
            return;
        }

        try
        {
            _ = VectorSupport.PreferredBits;
        }
        catch (InvalidOperationException e)
        {
            throw RunnerException.Usage(e.Message, e);
        }
    }

    /// <summary>Says on one rank what has gone wrong, and ends the others where they would wait for this one.</summary>
    private static int EndOfRank(RunnerConsole console, Exception exception)
    {
        RankFailure failure = RankFailure.Of(console.Job, exception);
        if (failure.Message is string message)
        {
            Report(console, exception, message, failure.ExitCode);
        }

        if (failure.EndsOthers)
        {
            console.Job.Abort(failure.ExitCode);
        }

        return failure.ExitCode;
    }

    private static int Report(RunnerConsole console, Exception exception, string message, int exitCode)
    {
        console.Out.Flush();
        console.Error.WriteLine($"error: {message}");
        if (Environment.GetEnvironmentVariable(StackTraceVariable) is not (null or "" or "0"))
        {
            console.Error.WriteLine(exception.ToString());
        }

        return exitCode;
    }
}
