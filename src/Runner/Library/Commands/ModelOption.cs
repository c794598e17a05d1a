using System.CommandLine;

namespace MicroGpt.Runner.Commands;

/// <summary>The option that names a compiled model.</summary>
internal static class ModelOption
{
    private const string Name = "--model";

    /// <summary>What is trained without being named, where a program has it; elsewhere the first model.</summary>
    private const string DefaultModel = "NamesGpt";

    /// <summary>Makes the option; its value is looked up with <see cref="Find"/>.</summary>
    /// <param name="models">The models that can be named.</param>
    /// <param name="default">What the help says is meant without the option; null for the default model.</param>
    public static Option<string?> Create(IReadOnlyList<ModelEntry> models, string? @default = null)
    {
        @default ??= models.Count == 0 ? DefaultModel : Find(models, null).Name;
        var option = new Option<string?>(Name)
        {
            Description = $"The compiled model: the name of its spec class, whatever the case. 'models' lists them. [default: {@default}]",
            HelpName = "name",
        };
        option.CompletionSources.Add(_ => models.Select(model => new System.CommandLine.Completions.CompletionItem(model.Name)));
        return option;
    }

    /// <summary>The model of that name; without a name the default model or, where there is none, the first.</summary>
    /// <param name="models">The compiled models.</param>
    /// <param name="name">The name, whatever the case; null for the default.</param>
    /// <param name="option">The option that the name was given to, for the message.</param>
    /// <exception cref="RunnerException">There is no such model.</exception>
    public static ModelEntry Find(IReadOnlyList<ModelEntry> models, string? name, string option = Name)
    {
        if (models.Count == 0)
        {
            throw RunnerException.Usage(
                "this program has no compiled models; give a partial class the attribute [GptModel(...)] and rebuild.");
        }

        foreach (ModelEntry model in models)
        {
            if (model.Name.Equals(name ?? DefaultModel, StringComparison.OrdinalIgnoreCase))
            {
                return model;
            }
        }

        if (name is null)
        {
            return models[0];
        }

        string guess = NearestName.Find(name, models.Select(model => model.Name)) is string nearest ? $" Did you mean {nearest}?" : "";
        throw RunnerException.Usage(
            $"{option}: there is no model '{name}'.{guess} Known: {string.Join(", ", models.Select(model => model.Name))}.");
    }
}
