using System.Globalization;
using MicroGpt.Runner.Checkpoints;
using MicroGpt.Runner.Data;
using MicroGpt.Runner.Files;
using MicroGpt.Runner.Messages;

namespace MicroGpt.Runner.Export.Weights;

/// <summary>
/// A safetensors file of weights alone, as other programs write and read them: parameters under some names, and in the metadata, where this
/// program wrote it, the tokenizer.
/// </summary>
internal sealed class WeightFile : IDisposable
{
    // What readers expect of weights that lie as PyTorch's do.
    private const string FormatKey = "format";
    private const string Format = "pt";
    private const int MostListed = 8;

    private readonly SafetensorsFile file;
    private readonly string option;

    private WeightFile(string path, string option, SafetensorsFile file)
    {
        Path = path;
        this.option = option;
        this.file = file;
        Tokenizer = TokenizerMetadata.Read(file.Header.Metadata, $"{option}: {path}");
    }

    /// <summary>The file.</summary>
    public string Path { get; }

    /// <summary>The tokenizer that belongs to the weights; null where the file does not say.</summary>
    public Tokenizer? Tokenizer { get; }

    /// <summary>Opens a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="option">The option that the path was given to, for messages.</param>
    /// <exception cref="RunnerException">There is none, or it is no safetensors file; the message says why.</exception>
    public static WeightFile Open(string path, string option)
    {
        SafetensorsFile? file = null;
        try
        {
            file = SafetensorsFile.Open(
                new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1 << 16), hasChecksum: false);
            return new WeightFile(path, option, file);
        }
        catch (Exception e)
        {
            file?.Dispose();
            throw e switch
            {
                InvalidDataException or EndOfStreamException => RunnerException.Usage(
                    $"{option}: {path} is no valid safetensors "
                        + $"file: {(e is InvalidDataException ? PrintableText.Of(e.Message) : "it ends too early")}.", e),
                IOException or UnauthorizedAccessException => RunnerException.Usage($"{option}: {path} cannot be read: {e.Message}", e),
                _ => e,
            };
        }
    }

    /// <summary>Writes a file, in single precision.</summary>
    /// <param name="stream">Where to.</param>
    /// <param name="model">The model.</param>
    /// <param name="places">How its parameters are called, and lie.</param>
    /// <param name="parameters">Its parameters, in canonical form.</param>
    /// <param name="tokenizer">The tokenizer that belongs to them.</param>
    public static void Write(
        Stream stream, ModelDescription model, WeightPlaces places, ReadOnlyMemory<double> parameters, Tokenizer tokenizer)
    {
        var metadata = new Dictionary<string, string> { [FormatKey] = Format, ["model"] = model.Name };
        foreach ((string key, string value) in TokenizerMetadata.Of(tokenizer))
        {
            metadata.Add(key, value);
        }

        var byName = places.Places.ToDictionary(place => place.Name, StringComparer.Ordinal);
        SafetensorsFile.Write<float>(
            stream, metadata, [.. places.Places.Select(place => (place.Name, place.Shape))], name => InSingle(byName[name], parameters),
            hasChecksum: false);
    }

    /// <summary>Finds out whether names, shapes and types are those of a model.</summary>
    /// <exception cref="RunnerException">They are not; the message says which.</exception>
    public void Check(ModelDescription model, WeightPlaces places) => Find(model, places);

    /// <summary>Reads the parameters of a model, one after the other, in canonical form.</summary>
    /// <param name="model">The model.</param>
    /// <param name="places">How they are called, and lie.</param>
    /// <returns>What reads one; it throws a <see cref="RunnerException"/> where an element is not a number.</returns>
    /// <exception cref="RunnerException">Names, shapes or types do not fit; the message says which.</exception>
    public ParameterReader Reader(ModelDescription model, WeightPlaces places)
    {
        TensorEntry[] tensors = Find(model, places);
        var found = places.Places.Select((place, i) => (place, tensor: tensors[i])).ToDictionary(pair => pair.place.Parameter.Name);
        return (parameter, values) =>
        {
            (WeightPlace place, TensorEntry tensor) = found[parameter.Name];
            double[] theirs = new double[parameter.Count];
            file.Read(tensor, theirs);
            int odd = Array.FindIndex(theirs, value => !double.IsFinite(model.Precision == Precision.Single ? (float)value : value));
            if (odd >= 0)
            {
                throw RunnerException.Usage(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{option}: element {odd} of {PrintableText.Of(tensor.Name)} in {Path} is {theirs[odd]:R}, "
                        + $"which is no number to begin with."));
            }

            place.ToOurs<double>(theirs, values);
        };
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();

    private static ReadOnlyMemory<float> InSingle(WeightPlace place, ReadOnlyMemory<double> parameters)
    {
        ReadOnlySpan<double> source = parameters.Span.Slice(place.Parameter.Offset, place.Parameter.Count);
        float[] ours = new float[source.Length], theirs = new float[source.Length];
        for (int i = 0; i < ours.Length; i++)
        {
            ours[i] = (float)source[i];
        }

        place.ToTheirs<float>(ours, theirs);
        return theirs;
    }

    /// <summary>The tensor of each parameter.</summary>
    private TensorEntry[] Find(ModelDescription model, WeightPlaces places)
    {
        Dictionary<string, TensorEntry> rest = file.Header.Tensors.ToDictionary(tensor => tensor.Name, StringComparer.Ordinal);
        string prefix = rest.Keys.Any(name => name.StartsWith(places.Prefix, StringComparison.Ordinal)) ? "" : places.Prefix;
        var found = new List<TensorEntry>();
        List<string> missing = [], unfit = [];
        foreach (WeightPlace place in places.Places)
        {
            string name = place.Name.StartsWith(prefix, StringComparison.Ordinal) ? place.Name[prefix.Length..] : place.Name;
            if (!rest.Remove(name, out TensorEntry? tensor))
            {
                missing.Add(name);
            }
            else if (!TensorTypes.IsFloatingPoint(tensor.Type) || !tensor.Shape.SequenceEqual(place.Shape))
            {
                unfit.Add($"{name} is {tensor.Form} in the file and [{string.Join(", ", place.Shape)}] in the model");
            }
            else
            {
                found.Add(tensor);
            }
        }

        string[] left = [.. rest.Keys.Where(name => !places.IsIgnored(name) && !places.IsIgnored(prefix + name))
            .Order(StringComparer.Ordinal)];
        return missing.Count + unfit.Count + left.Length == 0 ? [.. found] : throw RunnerException.Usage(
            $"{option}: {Path} does not fit {model.Name}: {string.Join("; ", Problems(missing, left, unfit))}. "
                + "--rename FILE says which name is whose, and '- NAME' in it what to leave aside.");
    }

    private static IEnumerable<string> Problems(IReadOnlyList<string> missing, IReadOnlyList<string> left, IReadOnlyList<string> unfit)
    {
        if (missing.Count > 0)
        {
            yield return $"it lacks {Listed(missing)}";
        }

        if (left.Count > 0)
        {
            yield return $"the model has no {Listed(left)}";
        }

        if (unfit.Count > 0)
        {
            yield return Listed(unfit);
        }
    }

    private static string Listed(IReadOnlyList<string> items)
    {
        string more = items.Count > MostListed
            ? string.Create(CultureInfo.InvariantCulture, $" and {items.Count - MostListed:N0} more") : "";
        return PrintableText.Of(string.Join(", ", items.Take(MostListed))) + more;
    }
}
