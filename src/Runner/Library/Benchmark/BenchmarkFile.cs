using System.Text.Json;
using MicroGpt.Runner.Files;
using MicroGpt.Runner.Training;

namespace MicroGpt.Runner.Benchmark;

/// <summary>Writes results for programs: a JSON list with one object a case.</summary>
internal static class BenchmarkFile
{
    private const double Giga = 1e9;
    private const double Micro = 1e6;

    /// <summary>Refuses a path that cannot be written, before anything is measured.</summary>
    /// <exception cref="RunnerException">The path is a folder, or its folder does not exist.</exception>
    public static void Check(string path)
    {
        if (path.Length == 0 || Directory.Exists(path))
        {
            throw RunnerException.Usage($"--json: '{path}' is not the name of a file to write.");
        }

        if (Path.GetDirectoryName(Path.GetFullPath(path)) is string folder && !Directory.Exists(folder))
        {
            throw RunnerException.Usage($"--json: the folder of {path} does not exist; create it first.");
        }
    }

    /// <summary>Writes the file under another name beside it, then renames it: there is never half a file.</summary>
    /// <exception cref="RunnerException">The file cannot be written.</exception>
    public static void Write(string path, IEnumerable<BenchmarkResult> results) => Write(path, results, WriteObject);

    private static void WriteTo<T>(Stream stream, IEnumerable<T> results, Action<Utf8JsonWriter, T> write)
    {
        using (var json = new Utf8JsonWriter(stream, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartArray();
            foreach (T result in results)
            {
                write(json, result);
            }

            json.WriteEndArray();
        }

        stream.WriteByte((byte)'\n');
    }

    /// <summary>Times and rates are those of the fastest round; what could not be measured is null.</summary>
    private static void WriteObject(Utf8JsonWriter json, BenchmarkResult result)
    {
        json.WriteStartObject();
        WriteCase(json, result.Case, result.VectorBits);
        json.WriteNumber("us_per_step", result.SecondsPerStep * Micro);
        json.WriteNumber("us_per_position", Micro / result.PositionsPerSecond);
        json.WriteNumber("positions_per_s", result.PositionsPerSecond);
        json.WriteNumber("gflops", result.Training.Fastest / Giga);
        json.WriteNumber("peak_gflops", result.Peak.Fastest / Giga);
        json.WriteNumber("share_of_peak", result.ShareOfPeak);
        json.WriteNumber("bytes_per_step", result.BytesPerStep);
        WriteMilliseconds(json, "compile_ms", result.StartUp?.Compiling);
        WriteMilliseconds(json, "time_to_first_step_ms", result.StartUp?.FirstStep);
        WriteMilliseconds(json, "time_to_1000_steps_ms", result.StartUp?.ThousandSteps);
        json.WriteNumber("decode_us_per_token", result.SecondsPerDecodedToken * Micro);
        json.WriteEndObject();
    }

    /// <summary>Writes what ranks measured together.</summary>
    /// <exception cref="RunnerException">The file cannot be written.</exception>
    public static void Write(string path, IEnumerable<RankResult> results) => Write(path, results, WriteObject);

    private static void Write<T>(string path, IEnumerable<T> results, Action<Utf8JsonWriter, T> write)
    {
        try
        {
            AtomicFile.Write(path, file => WriteTo(file, results, write));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw RunnerException.Failure($"--json: {path} cannot be written: {e.Message}", e);
        }
    }

    private static void WriteObject(Utf8JsonWriter json, RankResult result)
    {
        json.WriteStartObject();
        WriteCase(json, result.Case, result.VectorBits);
        json.WriteNumber("shards", result.Shards);
        json.WriteNumber("ranks", result.Ranks);
        json.WriteNumber("us_per_step", result.SecondsPerStep * Micro);
        json.WriteNumber("median_us_per_step", result.MedianSeconds * Micro);
        json.WriteNumber("positions_per_s", result.PositionsPerSecond);
        json.WriteNumber("gflops", result.OperationsPerSecond / Giga);
        json.WriteNumber("share_of_communication", result.Communication);
        json.WriteNumber("bytes_per_rank", result.BytesPerRank);
        json.WriteEndObject();
    }

    private static void WriteCase(Utf8JsonWriter json, BenchmarkCase @case, int vectorBits)
    {
        json.WriteString("model", @case.Model.Name);
        json.WriteNumber("batch", @case.BatchSize);
        json.WriteNumber("threads", @case.Threads);
        json.WriteString("optimizer", UpdateName.Of((@case.Rule ?? UpdateRule.For(@case.Model.Description.Optimizer)).Kind));
        json.WriteNumber("vector_bits", vectorBits);
    }

    private static void WriteMilliseconds(Utf8JsonWriter json, string name, TimeSpan? time)
    {
        if (time is TimeSpan known)
        {
            json.WriteNumber(name, known.TotalMilliseconds);
        }
        else
        {
            json.WriteNull(name);
        }
    }
}
