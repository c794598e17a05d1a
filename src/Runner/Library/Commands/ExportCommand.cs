using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using MicroGpt.Runner.Checkpoints;
using MicroGpt.Runner.Export.Onnx;
using MicroGpt.Runner.Files;

namespace MicroGpt.Runner.Commands;

/// <summary><c>export</c>: writes a saved model in a form that other programs run.</summary>
internal static class ExportCommand
{
    private const string Out = "--out";
    private const string Onnx = "onnx";

    private static readonly string[] Formats = [Onnx];

    public static Command Create(CommandContext context)
    {
        Option<string?> checkpoint = CheckpointOption.Create();
        Option<string?> output = EmptyName.Refuse(new Option<string?>(Out) { Description = "The file to write.", HelpName = "file" }, "a file to write");
        var format = new Option<string?>("--format")
        {
            Description = $"{Onnx}: the forward pass, for ONNX Runtime and its like. [default: the ending of {Out}]",
            HelpName = "format",
        };
        format.CompletionSources.Add(Formats);
        var overwrite = new Option<bool>("--overwrite") { Description = "Replace a file that exists already, instead of refusing." };
        var command = new Command("export", "Writes a saved model in a form that other programs run.") { checkpoint, output, format, overwrite };
        command.SetAction(result =>
        {
            using CheckpointFile file = CheckpointOption.Open(checkpoint, result);
            string path = result.GetValue(output) ?? throw RunnerException.Usage($"{Out} is missing: which file? Give {Out} model.onnx.");
            CheckFormat(result.GetValue(format), path);
            CheckOutput(path, file, result.GetValue(overwrite));
            return WriteOnnx(context, file, path);
        });
        return command;
    }

    private static string CheckFormat(string? given, string path)
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

    private static void CheckOutput(string path, CheckpointFile source, bool overwrite)
    {
        if (FileIdentity.AreSame(path, source.Path))
        {
            throw RunnerException.Usage($"{Out} and --checkpoint are the same file, {path}: it would be overwritten. Give two names.");
        }

        AtomicFile.CheckWritable(Out, path);
        if (!overwrite && FileIdentity.Of(path) is not { IsRegular: false } && File.Exists(path))
        {
            throw RunnerException.Usage($"{Out}: {path} exists already; give another name, or --overwrite to replace it.");
        }
    }

    private static int WriteOnnx(CommandContext context, CheckpointFile file, string path)
    {
        ModelDescription model = CheckpointOption.EntryOf(context.Models, file).Description;
        ProtoMessage content = OnnxFile.Create(model, file.Parameters(model), CheckpointOption.TokenizerOf(file));
        Write(path, content.WriteTo);
        string rounded = model.Precision == Precision.Double ? ", rounded from double to single precision" : "";
        context.Console.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{path} holds the forward pass of {model.Name}: {model.ParameterCount:N0} parameters{rounded}; {OnnxTranslation.Tokens} [sequence] in, {OnnxTranslation.Logits} [sequence, {model.VocabSize}] out."));
        return ExitCode.Success;
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
