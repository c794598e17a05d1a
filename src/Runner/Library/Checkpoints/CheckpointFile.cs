using System.Globalization;
using System.Text.Json;
using MicroGpt.Runner.Files;
using MicroGpt.Runner.Messages;
using MicroGpt.Runner.Training;

namespace MicroGpt.Runner.Checkpoints;

/// <summary>
/// A checkpoint: a safetensors file with the parameters under their names, the optimizer's state as <c>optimizer.NAME.PARAMETER</c>, both
/// in the model's own precision, and the rest of the run as JSON in the metadata. Opening one tests everything that can be tested without
/// its model.
/// </summary>
public sealed class CheckpointFile : IDisposable
{
    private const string FormatKey = "format";
    private const string Format = "microgpt";
    private const string VersionKey = "version";
    private const int Version = 1;
    private const string RunKey = "run";
    private const string StatePrefix = "optimizer.";

    private readonly SafetensorsFile file;
    private readonly string option;
    private readonly Lazy<Dictionary<string, TensorEntry>> tensors;

    private CheckpointFile(string path, string option, SafetensorsFile file, RunRecord run)
    {
        Path = path;
        this.option = option;
        this.file = file;
        Run = run;
        tensors = new(() => Tensors.ToDictionary(tensor => tensor.Name));
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The run.</summary>
    public RunRecord Run { get; }

    /// <summary>The tensors: parameters, then the optimizer's state.</summary>
    public IReadOnlyList<TensorEntry> Tensors => file.Header.Tensors;

    /// <summary>Numbers of the model.</summary>
    public long ParameterCount =>
        Tensors.Where(tensor => !IsState(tensor)).Sum(tensor => tensor.Shape.Aggregate(1L, (product, size) => product * size));

    /// <summary>Names of the optimizer's state, in the order in which they were written.</summary>
    public IReadOnlyList<string> StateNames =>
        [.. Tensors.Where(IsState).Select(tensor => tensor.Name.Split('.', 3)[1]).Distinct()];

    /// <summary>Opens a checkpoint.</summary>
    /// <param name="path">The file, or a folder of checkpoints: the latest is meant.</param>
    /// <param name="option">The option that the path was given to, for messages.</param>
    /// <exception cref="RunnerException">
    /// There is no checkpoint, or it is damaged, foreign or newer than this program; the message says which.
    /// </exception>
    public static CheckpointFile Open(string path, string option)
    {
        path = Find(path, option);
        SafetensorsFile? file = null;
        try
        {
            file = SafetensorsFile.Open(
                new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1 << 16));
            return new CheckpointFile(path, option, file, ReadRun(file.Header));
        }
        catch (Exception e)
        {
            file?.Dispose();
            throw e switch
            {
                InvalidDataException or JsonException or ArgumentException or EndOfStreamException => RunnerException.Usage(
                    $"{option}: {path} is not an intact checkpoint: "
                        + (e is InvalidDataException
                            ? PrintableText.Of(e.Message) : "it ends too early or its record of the run is not valid") + ".", e),
                IOException or UnauthorizedAccessException => RunnerException.Usage($"{option}: {path} cannot be read: {e.Message}", e),
                _ => e,
            };
        }
    }

    /// <summary>
    /// Whether a file says that it is a checkpoint, intact or not. What is no safetensors file at all is none.
    /// </summary>
    /// <exception cref="RunnerException">It cannot be read.</exception>
    internal static bool IsCheckpoint(string path, string option)
    {
        try
        {
            using SafetensorsFile file = SafetensorsFile.Open(
                new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete), hasChecksum: false);
            return file.Header.Metadata.GetValueOrDefault(FormatKey) == Format;
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            return false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw RunnerException.Usage($"{option}: {path} cannot be read: {e.Message}", e);
        }
    }

    /// <summary>Writes a checkpoint, whole or not at all.</summary>
    /// <param name="path">The file.</param>
    /// <param name="session">The session, between two steps.</param>
    /// <param name="save">How it saves itself.</param>
    /// <param name="samples">What it prints at its end.</param>
    /// <exception cref="IOException">It cannot be written; the one before is as it was.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    public static void Write(string path, TrainingSession session, SaveSettings save, SampleRecord samples)
    {
        var content = new SessionContent(session);
        var metadata = new Dictionary<string, string>
        {
            [FormatKey] = Format,
            [VersionKey] = Version.ToString(CultureInfo.InvariantCulture),
            [RunKey] = JsonSerializer.Serialize(SessionRecord.Of(session, save, samples), RunRecordJson.Default.RunRecord),
        };
        AtomicFile.Write(path, stream =>
        {
            if (session.Model.Description.Precision == Precision.Single)
            {
                SafetensorsFile.Write<float>(stream, metadata, content.Tensors, content.Singles);
            }
            else
            {
                SafetensorsFile.Write(stream, metadata, content.Tensors, content.Doubles);
            }
        });
    }

    /// <summary>How a part of the optimizer's state is called for a parameter.</summary>
    internal static string StateName(string state, string parameter) => $"{StatePrefix}{state}.{parameter}";

    /// <summary>Finds out whether the checkpoint is of a model as it is compiled.</summary>
    /// <exception cref="RunnerException">It is not; the message says what differs.</exception>
    public void CheckModel(ModelDescription model)
    {
        var differences = SpecDifference.Of(Run.Spec, SpecRecord.Of(model)).ToList();
        TensorEntry[] parameters = [.. Tensors.Where(tensor => !IsState(tensor))];
        if (differences.Count == 0)
        {
            differences.AddRange(TensorDifferences(model, [.. parameters], parameter => parameter));
            foreach (string state in StateNames)
            {
                string prefix = StateName(state, "");
                TensorEntry[] tensors = [.. Tensors.Where(tensor => tensor.Name.StartsWith(prefix, StringComparison.Ordinal))];
                differences.AddRange(TensorDifferences(model, tensors, parameter => prefix + parameter));
            }
        }

        if (differences.Count > 0)
        {
            string more = differences.Count > 3 ? $" and {differences.Count - 3} more" : "";
            throw RunnerException.Usage(
                $"{option}: {Path} is of another model "
                    + $"than {model.Name} as it is compiled: {PrintableText.Of(string.Join("; ", differences.Take(3)))}{more}. "
                    + "Set the spec back and rebuild, or name another checkpoint.");
        }
    }

    /// <summary>Reads the parameters, in canonical form.</summary>
    /// <param name="model">The model, which has been checked.</param>
    public double[] Parameters(ModelDescription model)
    {
        double[] values = new double[model.ParameterCount];
        foreach (ParameterInfo parameter in model.Parameters)
        {
            ReadParameter(parameter, values.AsSpan(parameter.Offset, parameter.Count));
        }

        return values;
    }

    /// <summary>Reads one parameter, in canonical form.</summary>
    /// <param name="parameter">A parameter of the model, which has been checked.</param>
    /// <param name="values">Receives its elements.</param>
    public void ReadParameter(ParameterInfo parameter, Span<double> values) => Read(parameter.Name, values);

    /// <summary>Reads what a part of the optimizer's state has of a parameter, in canonical form.</summary>
    /// <param name="name">One of <see cref="StateNames"/>.</param>
    public ParameterReader StateReader(string name) => (parameter, values) => Read(StateName(name, parameter.Name), values);

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    private static bool IsState(TensorEntry tensor) => tensor.Name.StartsWith(StatePrefix, StringComparison.Ordinal);

    /// <summary>The file that a path means: itself, or the latest checkpoint of a folder.</summary>
    /// <exception cref="RunnerException">There is none.</exception>
    internal static string Find(string path, string option)
    {
        if (Directory.Exists(path))
        {
            string latest = CheckpointFolder.Latest(path);
            return File.Exists(latest)
                ? latest : throw RunnerException.Usage($"{option}: there is no {latest}: the folder holds no checkpoint.");
        }

        return FileIdentity.Of(path) switch
        {
            { IsRegular: false } => throw RunnerException.Usage($"{option}: {path} is not a file."),
            null when !File.Exists(path) => throw RunnerException.Usage($"{option}: there is no file {path}"),
            _ => path,
        };
    }

    private static RunRecord ReadRun(SafetensorsHeader header)
    {
        if (header.Metadata.GetValueOrDefault(FormatKey) != Format || !header.Metadata.TryGetValue(RunKey, out string? json))
        {
            throw new InvalidDataException("it is a safetensors file, but was not written by this program");
        }

        string version = header.Metadata.GetValueOrDefault(VersionKey, "");
        if (version != Version.ToString(CultureInfo.InvariantCulture))
        {
            throw new InvalidDataException(
                $"its format has version '{version}', and this program knows version {Version}; use the program that wrote it");
        }

        if (!header.Metadata.ContainsKey(SafetensorsFile.ChecksumKey))
        {
            throw new InvalidDataException("it has no checksum");
        }

        RunRecord run = JsonSerializer.Deserialize(json, RunRecordJson.Default.RunRecord)
            ?? throw new InvalidDataException("its record of the run is empty");
        if (run is { Spec: null } or { Data: null } or { Tokenizer: null } or { Settings: null } or { Save: null } or { Samples: null }
            or { Random: null } or { Losses: null })
        {
            throw new InvalidDataException("its record of the run has gaps");
        }

        // Sampling refuses what is out of range: here, where it is the file's fault, and not at the end of a run that goes on.
        _ = new SamplingSettings { Temperature = run.Samples.Temperature };
        return run;
    }

    private static IEnumerable<string> TensorDifferences(ModelDescription model, TensorEntry[] tensors, Func<string, string> nameOf)
    {
        TensorType type = model.Precision == Precision.Single ? TensorType.F32 : TensorType.F64;
        var rest = tensors.ToDictionary(tensor => tensor.Name);
        foreach (ParameterInfo parameter in model.Parameters)
        {
            string name = nameOf(parameter.Name);
            if (!rest.Remove(name, out TensorEntry? tensor))
            {
                yield return $"{name} is missing in the checkpoint";
            }
            else if (tensor.Type != type || !tensor.Shape.SequenceEqual(ShapeOf(parameter)))
            {
                yield return $"{name} is {tensor.Form} in the checkpoint and {type} [{string.Join(", ", ShapeOf(parameter))}] in the model";
            }
        }

        foreach (string name in rest.Keys)
        {
            yield return $"the model has no {name}";
        }
    }

    /// <summary>The shape of a parameter as the file gives it.</summary>
    internal static long[] ShapeOf(ParameterInfo parameter) =>
        parameter.IsVector ? [parameter.Columns] : [parameter.Rows, parameter.Columns];

    private void Read(string tensor, Span<double> values) => file.Read(tensors.Value[tensor], values);
}
