using System.Text.Json;
using MicroGpt.Runner.Export.Weights;

namespace MicroGpt.Runner.Export.Styles;

/// <summary>A family of models that others load by a name and a <c>config.json</c>.</summary>
internal sealed class ModelStyle
{
    private ModelStyle(string name, Func<ModelDescription, StyledModel> read) => (Name, Read) = (name, read);

    /// <summary>Llama (Touvron et al., 2023): <c>LlamaForCausalLM</c>.</summary>
    public static ModelStyle Llama { get; } = new("llama", model => new LlamaReader(model).Read());

    /// <summary>GPT-2 (Radford et al., 2019): <c>GPT2LMHeadModel</c>.</summary>
    public static ModelStyle Gpt2 { get; } = new("gpt2", model => new Gpt2Reader(model).Read());

    /// <summary>All of them.</summary>
    public static IReadOnlyList<ModelStyle> All { get; } = [Llama, Gpt2];

    /// <summary>How it is called on the command line.</summary>
    public string Name { get; }

    /// <summary>
    /// Recognises a model by what it computes, and finds its parameters' places in a file of the style.
    /// </summary>
    /// <exception cref="RunnerException">The model is of another style; the message says where it differs.</exception>
    public Func<ModelDescription, StyledModel> Read { get; }
}

/// <summary>A model of a style.</summary>
/// <param name="Places">Where its parameters are found.</param>
/// <param name="Config">Writes the members of <c>config.json</c> that describe it.</param>
internal sealed record StyledModel(WeightPlaces Places, Action<Utf8JsonWriter> Config);
