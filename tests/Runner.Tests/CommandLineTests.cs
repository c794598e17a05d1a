using System.Globalization;
using System.Text.RegularExpressions;
using MicroGpt.Runner.Tests.Models;
using Xunit;

namespace MicroGpt.Runner.Tests;

public sealed class CommandLineTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void WithoutArgumentsTheDefaultModelIsTrained()
    {
        CommandLine run = CommandLine.Run();
        Assert.Equal(ExitCode.Success, run.ExitCode);
        Assert.Equal("", run.Error);
        Assert.StartsWith(
            "model           NamesGpt: GPT, 1 layer, 1 head, width 27, block size 16; double precision, 128-bit vectors\n", run.Out);
        Assert.Contains("parameters      729\n", run.Out);
        Assert.Contains("data            built-in names: ", run.Out);
        Assert.Contains("vocabulary      27 tokens: abcdefghijklmnopqrstuvwxyz and BOS\n", run.Out);
        Assert.Contains("training        1,000 steps of 1 document, learning rate 0.1 falling to 0, seed 42\n", run.Out);
        Assert.Matches(@"\nstep   100/1,000  loss \d\.\d{4}  mean of the last 100 \d\.\d{4}  [\d,]+ steps/s\n", run.Out);
        Assert.Matches(
            @"\n1,000 steps in \d+\.\d\d s \([\d,]+ steps/s after the first, which took \d+\.\d\d s\); "
                + @"last loss \d\.\d{4}, mean of the last 100 \d\.\d{4}\n",
            run.Out);
        Assert.Equal(20, run.Out.Split('\n').Count(line => line.StartsWith("sample ", StringComparison.Ordinal)));
        Assert.Matches(@"\nsample 20: [a-z]*\n$", run.Out);
    }

    [Fact]
    public void TheWordTrainCanBeLeftOut()
    {
        string[] options = ["--steps", "3", "--samples", "2", "--seed", "-9"];
        Assert.Equal(SamplesOf(CommandLine.Run(["train", .. options])), SamplesOf(CommandLine.Run(options)));
        Assert.Equal(2, SamplesOf(CommandLine.Run(options)).Length);
    }

    [Fact]
    public void TheSameSeedGivesTheSameRunAndAnotherSeedAnother()
    {
        string[] options = ["--steps", "20", "--samples", "5"];
        string[] first = SamplesOf(CommandLine.Run([.. options, "--seed", "1"]));
        Assert.Equal(first, SamplesOf(CommandLine.Run([.. options, "--seed", "1"])));
        Assert.NotEqual(first, SamplesOf(CommandLine.Run([.. options, "--seed", "2"])));
    }

    [Fact]
    public void ZeroStepsSampleTheInitialModel()
    {
        CommandLine run = CommandLine.Run("--steps", "0", "--samples", "3");
        Assert.Equal(ExitCode.Success, run.ExitCode);
        Assert.DoesNotContain("NaN", run.Out);
        Assert.Equal(3, SamplesOf(run).Length);
    }

    [Fact]
    public void AFileOfTheUsersIsTrainedOn()
    {
        string data = folder.Write("data.txt", "ab\nba, \"x\"\n");
        string log = folder.File("log.csv");
        CommandLine run = CommandLine.Run("--data", data, "--model", "wide", "--steps", "4", "--log", log, "--learning-rate", "0.5");
        Assert.Equal(ExitCode.Success, run.ExitCode);
        Assert.Contains($"data            {data}: 2 documents, 9 characters\n", run.Out);
        Assert.Contains("(the model has room for 100)", run.Out);
        Assert.Contains($"log             {log}\n", run.Out);
        string[] lines = File.ReadAllLines(log);
        Assert.Equal("step,document,positions,lr,loss", lines[0]);
        Assert.Equal(["1", "2", "3", "4"], lines[1..].Select(line => line.Split(',')[0]));
        Assert.Contains(lines, line => line.Contains(",\"ba, \"\"x\"\"\",8,", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("NamesGpt", "learning rate 0.1 ")]
    [InlineData("Step2", "learning rate 1 ")]
    [InlineData("step5", "learning rate 0.01 ")]
    public void EachKindOfModelHasItsLearningRate(string model, string expected) =>
        Assert.Contains(expected, CommandLine.Run("--model", model, "--steps", "1", "--samples", "0").Out);

    [Fact]
    public void ABatchCountsAllItsPositions()
    {
        string data = folder.Write("data.txt", "aa\nb\nc");
        string log = folder.File("log.csv");
        Assert.Equal(ExitCode.Success, CommandLine.Run("--data", data, "--batch", "3", "--steps", "2", "--log", log).ExitCode);
        Assert.Equal(["7", "7"], File.ReadAllLines(log)[1..].Select(line => line.Split(',')[2]));
    }

    [Fact]
    public void ModelsAreListed()
    {
        CommandLine run = CommandLine.Run("models");
        Assert.Equal(ExitCode.Success, run.ExitCode);
        string[] lines = run.Out.TrimEnd('\n').Split('\n');
        Assert.Equal(1 + CommandLine.Models.Count, lines.Length);
        Assert.Equal("Wide GPT 100 8 100 1 1 double SGD 10,000 -", Squeeze(lines[2]));
        Assert.Equal("Step2 MLP 27 - 27 - - double SGD 729 -", Squeeze(lines[3]));
        Assert.Equal("Step5 GPT 27 16 27 1 1 double Adam 729 -", Squeeze(lines[4]));
    }

    [Theory]
    [InlineData("--steps", "-1", "--steps: '-1' is not a whole number from 0 to 2147483647")]
    [InlineData("--steps", "1.5", "--steps: '1.5' is not a whole number")]
    [InlineData("--steps", "99999999999", "--steps: '99999999999' is not a whole number")]
    [InlineData("--steps", "abc", "--steps: 'abc' is not a whole number")]
    [InlineData("--samples", "-1", "--samples: '-1'")]
    [InlineData("--batch", "0", "--batch: '0' is not a whole number from 1")]
    [InlineData("--seed", "x", "--seed: 'x'")]
    [InlineData("--learning-rate", "fast", "--learning-rate: 'fast' is not a number of at least 0")]
    [InlineData("--learning-rate", "NaN", "--learning-rate: 'NaN'")]
    [InlineData("--learning-rate", "-0.1", "--learning-rate: '-0.1'")]
    [InlineData("--learning-rate", "Infinity", "--learning-rate: 'Infinity'")]
    [InlineData("--learning-rate", "0,1", "--learning-rate: '0,1'")]
    [InlineData("--temperature", "0", "--temperature: '0' is not a number above 0")]
    [InlineData("--temperature", "-1", "--temperature: '-1'")]
    [InlineData("--temperature", "NaN", "--temperature: 'NaN'")]
    [InlineData("--model", "NamesGp", "--model: there is no model 'NamesGp'. Did you mean NamesGpt? Known: NamesGpt, Wide, Step2, Step5.")]
    [InlineData("--model", "xyzxyzxyzxyz", "--model: there is no model 'xyzxyzxyzxyz'. Known: ")]
    [InlineData("--data", "no/such/file.txt", "--data: there is no file no/such/file.txt")]
    [InlineData("--data", "", "--data: the name is empty; give that of a file or a folder, or - for standard input.")]
    [InlineData("--log", "no/such/folder/log.csv", "--log: the folder of no/such/folder/log.csv does not exist")]
    [InlineData("--stepz", "5", "there is no option '--stepz'. Did you mean '--steps'?")]
    [InlineData("train", "now", "there is no argument 'now'.")]
    [InlineData("modles", "", "there is no command 'modles'. Did you mean 'models'?")]
    public void BadArgumentsAreExplained(string option, string value, string expected)
    {
        CommandLine run = CommandLine.Run(option, value);
        Assert.StartsWith("error: ", run.Error);
        Assert.Contains(expected, run.Error);
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Equal("", run.Out);
        Assert.DoesNotContain("   at ", run.Error);
    }

    [Theory]
    [InlineData("--steps")]
    [InlineData("--model")]
    [InlineData("--steps", "1", "--steps", "2")]
    [InlineData("--steps", "--seed", "1")]
    public void AnOptionTakesOneValue(params string[] args)
    {
        CommandLine run = CommandLine.Run(args);
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains(args[0], run.Error);
        Assert.Equal("", run.Out);
    }

    [Fact]
    public void ACharacterBeyondTheVocabularyIsLocated()
    {
        string data = folder.Write("data.txt", "abcdefghijklmnopqrstuvwxyz\nzoe\nzo\u00EB\n");
        CommandLine run = CommandLine.Run("--data", data);
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Contains($"{data}, line 3, column 3: the character '\u00EB' (U+00EB) does not fit the vocabulary of NamesGpt", run.Error);
        Assert.Contains("Set VocabSize = 28", run.Error);
        Assert.Contains("'data --data FILE', with the same --documents and --tokenizer, prints a spec that fits", run.Error);
    }

    [Fact]
    public void TheLogMustNotOverwriteTheData()
    {
        string data = folder.Write("data.txt", "emma\n");
        CommandLine run = CommandLine.Run("--data", data, "--log", folder.File("./data.txt"));
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Equal("emma\n", File.ReadAllText(data));
    }

    [Fact]
    public void AnEarlierLogIsRefusedWithoutOverwrite()
    {
        string log = folder.File("log.csv");
        string[] options = ["--steps", "2", "--samples", "0", "--log", log];
        Assert.Equal(ExitCode.Success, CommandLine.Run(options).ExitCode);
        string first = File.ReadAllText(log);
        CommandLine again = CommandLine.Run([.. options, "--seed", "2"]);
        Assert.Equal(ExitCode.Usage, again.ExitCode);
        Assert.Equal($"error: --log: {log} exists; give another name, or --overwrite to lose what it holds.\n", again.Error);
        Assert.Equal(first, File.ReadAllText(log));
        Assert.Equal(ExitCode.Success, CommandLine.Run([.. options, "--seed", "2", "--overwrite"]).ExitCode);
        Assert.NotEqual(first, File.ReadAllText(log));
    }

    [Fact]
    public void TheGradientsNormIsLoggedWhereAskedFor()
    {
        string log = folder.File("log.jsonl");
        CommandLine run = CommandLine.Run("--steps", "3", "--samples", "0", "--log", log, "--log-gradient-norm");
        Assert.Equal("", run.Error);
        Assert.Contains("update          SGD\n", run.Out);
        Assert.All(MicroGpt.Runner.Logs.LossLogFile.Read(log).Entries, entry => Assert.InRange(entry.GradientNorm!.Value, 1e-6, 10));
    }

    [Theory]
    [InlineData("--log: the name of a file to write is missing.", "--log", "")]
    [InlineData("--log-gradient-norm: there is no log to write it to; give --log FILE, too.", "--log-gradient-norm")]
    [InlineData("--inspect: 'emma' would be shown on a report; give --report FILE.html, too.", "--inspect", "emma")]
    [InlineData("--inspect: 'emma' would be shown on a report; give --report FILE.html, too.", "compare", "--inspect", "emma")]
    public void AnOptionThatWouldBeIgnoredIsRefused(string expected, params string[] args)
    {
        CommandLine run = CommandLine.Run(args);
        Assert.Equal($"error: {expected}\n", run.Error);
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.Equal("", run.Out);
    }

    [Fact]
    public void BadInputLeavesAnEarlierLogAlone()
    {
        string log = folder.Write("log.csv", "precious");
        Assert.Equal(ExitCode.Usage, CommandLine.Run("--data", folder.File("none"), "--log", log).ExitCode);
        Assert.Equal("precious", File.ReadAllText(log));
    }

    [Fact]
    public void DivergenceKeepsTheLogAndExitsWith1()
    {
        string log = folder.File("log.csv");
        CommandLine run = CommandLine.Run("--learning-rate", "1e300", "--log", log);
        Assert.Equal(ExitCode.Failure, run.ExitCode);
        Assert.Matches(@"^error: step \d+: the loss became (NaN|infinite)", run.Error);
        Assert.Contains("lower learning rate", run.Error);
        Assert.Empty(SamplesOf(run));
        Assert.True(File.ReadAllLines(log).Length >= 2);
    }

    [Fact]
    public void WithoutModelsThatIsSaid()
    {
        Assert.Contains("has no compiled models", CommandLine.Run([], isTerminal: false).Error);
        Assert.Contains("No compiled models", CommandLine.Run([], isTerminal: false, "models").Out);
    }

    [Fact]
    public void WithoutTheDefaultModelTheFirstIsTrained() =>
        Assert.Contains("model           Only: ", CommandLine.Run([BigramModel.Entry("Only")], isTerminal: false, "--steps", "1").Out);

    [Fact]
    public void AnUnexpectedFailureIsOneLine()
    {
        ModelEntry broken = BigramModel.Entry() with { Create = _ => throw new InvalidOperationException("boom") };
        CommandLine run = CommandLine.Run([broken], isTerminal: false);
        Assert.Equal(ExitCode.Failure, run.ExitCode);
        Assert.Equal($"error: unexpected InvalidOperationException: boom (set {RunnerApp.StackTraceVariable}=1 to see where)\n", run.Error);
    }

    [Fact]
    public void TheHelpNamesCommandsAndOptions()
    {
        CommandLine root = CommandLine.Run("--help");
        Assert.Equal(ExitCode.Success, root.ExitCode);
        Assert.Contains("train", root.Out);
        Assert.Contains("models", root.Out);
        Assert.Contains("verify", root.Out);
        Assert.Contains("bench", root.Out);

        CommandLine train = CommandLine.Run("train", "--help");
        Assert.Equal(ExitCode.Success, train.ExitCode);
        foreach (string option in new[]
        {
            "--model", "--data", "--steps", "--learning-rate", "--seed", "--samples", "--temperature", "--log", "--batch", "--optimizer",
            "--clip-norm", "--threads",
        })
        {
            Assert.Contains(option, train.Out);
        }
    }

    [Fact]
    public void EveryCommandsHelpHasExamplesOfOptionsThatItHas()
    {
        string root = CommandLine.Run("help").Out;
        Assert.Equal(CommandLine.Run("--help").Out, root);
        Assert.Contains("help COMMAND' explains the options of a command.\n", root);
        string[] commands = [.. Regex.Matches(
            root[root.IndexOf("Commands:", StringComparison.Ordinal)..root.IndexOf("Examples:", StringComparison.Ordinal)],
            @"\n  (\w+)").Select(match => match.Groups[1].Value)];
        Assert.Contains("compare", commands);
        foreach (string command in commands)
        {
            CommandLine help = CommandLine.Run("help", command);
            Assert.Equal((ExitCode.Success, ""), (help.ExitCode, help.Error));
            Assert.Equal(CommandLine.Run(command, "--help").Out, help.Out);
            string[] parts = help.Out.Split("Examples:");
            Assert.Equal(2, parts.Length);
            Assert.Contains($" {command}", parts[1]);
            Assert.All(
                Regex.Matches(parts[1], @" (--[\w-]+)"), option => Assert.Matches($@"\n  (-\S+, )*{option.Groups[1].Value}\W", parts[0]));
        }
    }

    [Theory]
    [InlineData("there is no command 'trian'. Did you mean 'train'?", "help", "trian")]
    [InlineData("there is no argument 'help'.", "train", "help")]
    public void HelpForWhatThereIsNotIsAnError(string expected, params string[] args)
    {
        CommandLine run = CommandLine.Run(args);
        Assert.Equal(ExitCode.Usage, run.ExitCode);
        Assert.StartsWith($"error: {expected}", run.Error);
    }

    [Fact]
    public void PlainOutputHasNoControlCharacters()
    {
        string data = folder.Write("data.txt", "a\u001B[31mb");
        CommandLine run = CommandLine.Run("--model", "wide", "--data", data);
        Assert.Equal(ExitCode.Success, run.ExitCode);
        Assert.DoesNotContain(run.Out, character => char.IsControl(character) && character != '\n');
        Assert.DoesNotContain(CommandLine.Run("models").Out, character => char.IsControl(character) && character != '\n');
    }

    [Fact]
    public void ATerminalIsShownTheSameFacts()
    {
        CommandLine run = CommandLine.Run(CommandLine.Models, isTerminal: true, "--steps", "50", "--samples", "2").WithoutColours();
        Assert.Equal(ExitCode.Success, run.ExitCode);
        Assert.Contains("NamesGpt: GPT", run.Out);
        Assert.Contains("built-in names", run.Out);
        Assert.Contains("50 steps in ", run.Out);
        Assert.Equal(SamplesOf(CommandLine.Run("--steps", "50", "--samples", "2")), SamplesOf(run));

        string models = CommandLine.Run(CommandLine.Models, isTerminal: true, "models").Out;
        Assert.All(CommandLine.Models, model => Assert.Contains(model.Name, models));
    }

    [Fact]
    public void TheCultureDoesNotMatter()
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        string[] options = ["--steps", "5", "--learning-rate", "0.25"];
        string[] expected = LinesWithoutTimes(CommandLine.Run(options));
        try
        {
            CultureInfo.CurrentCulture = CommaCulture.Create();
            Assert.Equal(expected, LinesWithoutTimes(CommandLine.Run(options)));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Fact]
    public void ThreeClocksAreToldApart()
    {
        CommandLine run = CommandLine.Run("--steps", "1", "--samples", "0");
        Match times = Regex.Match(
            run.Out,
            @"\nfirst step done ([\d.]+) ms after the start of the process, "
                + @"([\d.]+) ms of them in the just-in-time compiler; [\d.]+ ms of processor time by then\n");
        Assert.True(times.Success, run.Out);
        Assert.True(double.Parse(times.Groups[2].Value, CultureInfo.InvariantCulture)
            <= double.Parse(times.Groups[1].Value, CultureInfo.InvariantCulture));
        Assert.Contains("\n1 step in ", run.Out);
    }

    [Fact]
    public void NeighbouringLinesAgreeOnTheRate()
    {
        CommandLine run = CommandLine.Run("--steps", "3000", "--samples", "0");
        double[] rates = [.. Regex.Matches(run.Out, @"([\d,.]+) steps/s")
            .Select(match => double.Parse(match.Groups[1].Value, NumberStyles.Number, CultureInfo.InvariantCulture))];
        Assert.Equal(11, rates.Length);
        Assert.InRange(rates[^1] / rates[^2], 0.7, 1.4);
    }

    [Fact]
    public void QuietLeavesTheSamplesAlone()
    {
        foreach (bool isTerminal in new[] { false, true })
        {
            CommandLine run = CommandLine.Run(CommandLine.Models, isTerminal, "--steps", "20", "--samples", "3", "--quiet");
            Assert.Equal(ExitCode.Success, run.ExitCode);
            Assert.Equal(3, run.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
            Assert.Equal(3, SamplesOf(run).Length);
            Assert.Equal("", run.Error);
        }

        Assert.Contains("error: --log: ", CommandLine.Run("--quiet", "--log", "").Error);
    }

    [Fact]
    public void ARunThatWentWrongSaysSoAndEndsWell()
    {
        CommandLine run = CommandLine.Run("--steps", "300", "--samples", "0", "--learning-rate", "150", "--schedule", "constant");
        Assert.Equal(ExitCode.Success, run.ExitCode);
        Assert.Matches(
            @"^warning: the run diverged: the mean of the last 100 losses, [\d.]+, is above that of the first 100, [\d.]+, "
                + @"and above ln 27 = 3\.2958, the loss of guessing\. A lower learning rate helps as a rule: "
                + @"--learning-rate 15 instead of 150; so do --warmup and --clip-norm\.\n$",
            run.Error);
        Assert.Equal("", CommandLine.Run("--steps", "199", "--samples", "0", "--learning-rate", "150", "--schedule", "constant").Error);
        Assert.Equal("", CommandLine.Run("--steps", "300", "--samples", "0").Error);
    }

    [Fact]
    public void TheHeaderNamesTheRuleThatTrains()
    {
        string output = CommandLine.Run("--optimizer", "adam", "--steps", "1", "--samples", "0").Out;
        Assert.Contains("Adam", output);
        Assert.DoesNotContain("SGD", output);
    }

    [Fact]
    public void AModelWhoseCodeIsNotOnDiskIsNotToldOfAFolder()
    {
        string output = CommandLine.Run([BigramModel.Entry("Nowhere")], isTerminal: false, "--steps", "1", "--samples", "0").Out;
        Assert.Contains("generated code  not on disk; "
            + "<EmitCompilerGeneratedFiles>true</EmitCompilerGeneratedFiles> in the model's project file has the build write it\n", output);
    }

    private static string[] SamplesOf(CommandLine run) =>
        [.. run.Out.Split('\n').Where(line => line.StartsWith("sample ", StringComparison.Ordinal)).Select(line => line.TrimEnd())];

    private static string[] LinesWithoutTimes(CommandLine run) =>
        [.. run.Out.Split('\n')
            .Where(line => !line.Contains("steps/s", StringComparison.Ordinal) && !line.Contains(" ms of ", StringComparison.Ordinal))];

    private static string Squeeze(string line) => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
}
