using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace MicroGpt.Runner.Commands;

/// <summary>The help of a command with examples below it.</summary>
internal sealed class HelpWithExamples(HelpAction help, CommandContext context) : SynchronousCommandLineAction
{
    private static readonly (string Purpose, string Arguments)[] OfCourse =
    [
        ("the course, on a page", "compare --report course.html"),
        ("a model beside two earlier runs", "compare --course none --models NamesGpt --runs before.csv,after.csv"),
    ];

    private static readonly (string Purpose, string Arguments)[] WithoutCourse =
        [("a model beside two earlier runs, on a page", "compare --models NamesGpt --runs before.csv,after.csv --report runs.html")];

    private static readonly (string Command, (string Purpose, string Arguments)[] Examples)[] All =
    [
        ("train",
        [
            ("the default model on the built-in names", "train"),
            (
                "a text of one's own, its last tenth held out",
                "train --model MyGpt --data book.txt --documents stream --validation 0.1 --steps 2000"),
            ("AdamW as large models are trained", "train --optimizer adamw --lr 1e-3 --warmup 100 --schedule cosine --min-learning-rate "
                + "1e-4 --weight-decay 0.1 --clip-norm 1"),
            ("a large batch in four parts, every step in a log", "train --batch 16 --accumulate 4 --log run.jsonl --log-gradient-norm"),
        ]),
        ("data", [("what is in a text, and a spec that fits it", "data --data book.txt")]),
        ("evaluate", [("the loss of a trained model on another text", "evaluate --checkpoint run --data other.txt")]),
        ("sample",
        [
            ("documents that a trained model invents", "sample --checkpoint run --count 5"),
            ("how it goes on after a beginning", "sample --checkpoint run --prompt em --temperature 0.8"),
        ]),
        ("export",
        [
            ("a trained model for ONNX Runtime", "export --checkpoint run --out model.onnx"),
            ("its weights as those of a Llama, with a config.json", "export --checkpoint run --out model.safetensors --style llama"),
        ]),
        ("models", [("what can be trained", "models")]),
        ("check", [("a compiled model against its own text, run step by step", "check --model NamesGpt")]),
        ("gradcheck", [("the gradient of a model in double precision", "gradcheck --model Step4")]),
        ("bench", [("one model, the figures in a file", "bench --model NamesGpt --rounds 9 --json bench.json")]),
        ("plan", [("what 64 names a step cost on 1 to 64 processors", "plan --model NamesGpt --batch 64 --latency 20 --bandwidth 3")]),
        ("verify", [("two logs that should hold the same losses", "verify --log mine.csv --against theirs.csv")]),
    ];

    /// <inheritdoc/>
    public override bool ClearsParseErrors => true; // an option that is required is not when one asks for help

    /// <summary>Gives the help of a program and its commands their examples.</summary>
    /// <param name="root">The program.</param>
    /// <param name="context">What it has.</param>
    public static void AddTo(RootCommand root, CommandContext context)
    {
        foreach (HelpOption option in root.Options.OfType<HelpOption>())
        {
            option.Action = new HelpWithExamples((HelpAction)option.Action!, context);
        }
    }

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        int result = help.Invoke(parseResult);
        Command command = parseResult.CommandResult.Command;
        (string Purpose, string Arguments)[] examples = command is RootCommand
            ? [.. command.Subcommands.Select(subcommand => Of(subcommand.Name).FirstOrDefault())
                .Where(example => example.Arguments is not null)]
            : Of(command.Name);
        if (examples.Length == 0)
        {
            return result;
        }

        TextWriter output = parseResult.InvocationConfiguration.Output;
        output.WriteLine("Examples:");
        foreach ((string purpose, string arguments) in examples)
        {
            output.WriteLine($"  {purpose}:");
            output.WriteLine($"    {RootCommand.ExecutableName} {arguments}");
        }

        output.WriteLine();
        if (command is RootCommand)
        {
            output.WriteLine($"'{RootCommand.ExecutableName} help COMMAND' explains the options of a command.");
        }

        return result;
    }

    private (string Purpose, string Arguments)[] Of(string command) => command == "compare"
        ? context.Course.Count > 0 ? OfCourse : WithoutCourse
        : Array.Find(All, entry => entry.Command == command).Examples ?? [];
}
