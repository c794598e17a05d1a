using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using MicroGpt.Runner.Checkpoints;
using MicroGpt.Runner.Data;
using MicroGpt.Runner.Export.Onnx;
using MicroGpt.Runner.Export.Styles;
using MicroGpt.Runner.Export.Weights;
using MicroGpt.Runner.Files;

namespace MicroGpt.Runner.Commands;

/// <summary><c>export</c>: writes a saved model in a form that other programs read.</summary>
internal static class ExportCommand
{
    private const string Out = "--out";
    private const string Onnx = "onnx";
    private const string Safetensors = "safetensors";

    private static readonly string[] Formats = [Onnx, Safetensors];

    public static Command Create(CommandContext context)
    {
        Option<string?> checkpoint = CheckpointOption.Create();
        Option<string?> output =
            EmptyName.Refuse(new Option<string?>(Out) { Description = "The file to write.", HelpName = "file" }, "a file to write");
        var format = new Option<string?>("--format")
        {
            Description = $"{Onnx}: the forward pass, "
                + $"for ONNX Runtime and its like; {Safetensors}: the weights alone, by name. [default: the ending of {Out}]",
            HelpName = "format",
        };
        format.CompletionSources.Add(Formats);
        var overwrite = new Option<bool>("--overwrite") { Description = "Replace a file that exists already, instead of refusing." };
        var command =
            new Command("export", "Writes a saved model in a form that other programs read.") { checkpoint, output, format, overwrite };
        WeightOptions weights = WeightOptions.AddTo(
            command,
            $"Of {Safetensors}: lines 'ours theirs' that say how parameters are to be called.",
            $"Of {Safetensors}: names and order as others have them, and a config.json beside the file; "
                + "only for a model that computes the same.");
        command.SetAction(result =>
        {
            using CheckpointFile file = CheckpointOption.Open(checkpoint, result);
            string path = result.GetValue(output)
                ?? throw RunnerException.Usage($"{Out} is missing: which file? Give {Out} model.onnx or model.safetensors.");
            bool isOnnx = FormatOf(result.GetValue(format), path) == Onnx;
            if (isOnnx && weights.Given(result) is string name)
            {
                throw RunnerException.Usage($"{name} is for {Safetensors}: in an ONNX file parameters keep their names. Leave {name} out.");
            }

            string[] written = weights.Style(result) is null ? [path] : [path, ConfigPath(path)];
            CheckOutputs(written, [("--checkpoint", file.Path), ("--rename", weights.File(result))], result.GetValue(overwrite));
            ModelDescription model = CheckpointOption.EntryOf(context.Models, file).Description;
            Tokenizer tokenizer = CheckpointOption.TokenizerOf(file);
            string facts = isOnnx ? WriteOnnx(path, model, file.Parameters(model), tokenizer)
                : WriteWeights(path, model, file.Parameters(model), tokenizer, weights, result);
            context.Console.Out.WriteLine(facts);
            return ExitCode.Success;
        });
        return command;
    }

    private static string ConfigPath(string path) => Path.Combine(Path.GetDirectoryName(path) ?? "", ConfigFile.Name);

    private static string FormatOf(string? given, string path)
    {
        string ending = Path.GetExtension(path).TrimStart('.');
        string name = given ?? (Formats.Contains(ending, StringComparer.OrdinalIgnoreCase) ? ending
            : throw RunnerException.Usage($"{Out}: the ending of {path} names no format; give --format {string.Join(" or ", Formats)}."));
        if (Array.Find(Formats, known => known.Equals(name, StringComparison.OrdinalIgnoreCase)) is string format)
        {
            return format;
        }

        string guess = NearestName.Find(name, Formats) is string nearest ? $" Did you mean {nearest}?" : "";
        throw RunnerException.Usage($"--format: there is no '{name}'.{guess} Known: {string.Join(", ", Formats)}.");
    }

    private static void CheckOutputs(string[] written, (string Option, string? Path)[] read, bool overwrite)
    {
        foreach (string path in written)
        {
            foreach ((string option, string? source) in read)
            {
                if (source is not null && FileIdentity.AreSame(path, source))
                {
                    throw RunnerException.Usage($"{Out} and {option} are the same file, {path}: it would be overwritten. Give two names.");
                }
            }

            AtomicFile.CheckWritable(Out, path);
            if (!overwrite && FileIdentity.Of(path) is not { IsRegular: false } && File.Exists(path))
            {
                throw RunnerException.Usage($"{Out}: {path} exists already; give another name or folder, or --overwrite to replace it.");
            }
        }

        if (written is [string file, string config] && FileIdentity.AreSame(file, config))
        {
            throw RunnerException.Usage($"{Out}: {file} is the name of the description beside the weights; give another name.");
        }
    }

    private static string WriteOnnx(string path, ModelDescription model, double[] parameters, Tokenizer tokenizer)
    {
        Write(path, OnnxFile.Create(model, parameters, tokenizer).WriteTo);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{path} holds the forward pass of {Facts(model)}; {OnnxTranslation.Tokens} [sequence] "
                + $"in, {OnnxTranslation.Logits} [sequence, {model.VocabSize}] out.");
    }

    private static string WriteWeights(
        string path, ModelDescription model, double[] parameters, Tokenizer tokenizer, WeightOptions options, ParseResult result)
    {
        StyledModel? styled = options.Style(result)?.Read(model);
        WeightPlaces places = styled?.Places ?? options.Places(result)(model);
        Write(path, stream => WeightFile.Write(stream, model, places, parameters, tokenizer));
        string facts = $"{path} holds the weights of {Facts(model)}, in {places.Places.Count} tensors.";
        if (styled is null)
        {
            return facts;
        }

        string config = ConfigPath(path);
        Write(config, stream => stream.Write(ConfigFile.Create(styled, tokenizer).Span));
        return $"{facts} {config} describes it.";
    }

    private static string Facts(ModelDescription model)
    {
        string rounded = model.Precision == Precision.Double ? ", rounded from double to single precision" : "";
        return string.Create(CultureInfo.InvariantCulture, $"{model.Name}: {model.ParameterCount:N0} parameters{rounded}");
    }

    private static void Write(string path, Action<Stream> write)
    {
        try
        {
            AtomicFile.Write(path, write);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw RunnerException.Failure($"{Out}: {path} cannot be written: {e.Message}", e);
        }
    }
}
