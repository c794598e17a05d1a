using System.Globalization;
using MicroGpt.Runner.Data;

namespace MicroGpt.Runner.Export.Onnx;

/// <summary>
/// Writes the forward pass of a model as an ONNX file: <c>tokens</c> [sequence] in, <c>logits</c> [sequence, vocabulary] out.
/// </summary>
internal static class OnnxFile
{
    // A message of protocol buffers has at most 2 GiB; what is no parameter takes far less than the rest.
    private const long MostBytes = int.MaxValue - (64 << 20);

    /// <summary>The name of the dimension that is known only when the model is run.</summary>
    private const string Sequence = "sequence";

    /// <summary>Makes the file; nothing is written yet.</summary>
    /// <param name="model">The model, with a graph.</param>
    /// <param name="parameters">Its parameters, in canonical form. They become single precision.</param>
    /// <param name="tokenizer">The tokenizer that belongs to them.</param>
    /// <returns>Writes it.</returns>
    /// <exception cref="RunnerException">The model has no graph, or more parameters than a file can hold.</exception>
    public static ProtoMessage Create(ModelDescription model, ReadOnlyMemory<double> parameters, Tokenizer tokenizer)
    {
        if ((long)sizeof(float) * model.ParameterCount > MostBytes)
        {
            throw RunnerException.Usage(
                $"{model.Name} has {model.ParameterCount.ToString("N0", CultureInfo.InvariantCulture)} parameters, "
                    + "more than an ONNX file of 2 GiB holds; export it as safetensors.");
        }

        OnnxGraph graph = OnnxTranslation.Run(model, parameters);
        ProtoMessage content = OnnxMessages.Graph(
            model.Name,
            graph,
            OnnxMessages.Value(OnnxTranslation.Tokens, OnnxType.Int64, Sequence),
            OnnxMessages.Value(OnnxTranslation.Logits, OnnxType.Float, Sequence, model.VocabSize));
        return OnnxMessages.Model(content, Version(), Metadata(model, tokenizer));
    }

    private static string Version() => typeof(OnnxFile).Assembly.GetName().Version?.ToString(3) ?? "";

    private static IEnumerable<(string Key, string Value)> Metadata(ModelDescription model, Tokenizer tokenizer)
    {
        yield return ("model", model.Name);
        if (model.BlockSize is int block)
        {
            yield return ("block_size", block.ToString(CultureInfo.InvariantCulture));
        }

        foreach ((string key, string value) in TokenizerMetadata.Of(tokenizer))
        {
            yield return (key, value);
        }
    }
}
