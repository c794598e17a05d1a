using System.CommandLine;
using System.CommandLine.Parsing;
using MicroGpt.Runner.Export.Styles;
using MicroGpt.Runner.Export.Weights;

namespace MicroGpt.Runner.Commands;

/// <summary>The options that say how another program calls the parameters of a model.</summary>
internal sealed class WeightOptions
{
    private readonly Option<string?> rename;
    private readonly Option<string?> style;

    private WeightOptions(string renameDescription, string styleDescription)
    {
        rename = new Option<string?>("--rename") { Description = renameDescription, HelpName = "file" };
        style = new Option<string?>("--style") { Description = $"{styleDescription} One of {Names}.", HelpName = "name" };
        EmptyName.Refuse(rename, "a file of names");
        style.CompletionSources.Add([.. ModelStyle.All.Select(known => known.Name)]);
    }

    private static string Names => string.Join(", ", ModelStyle.All.Select(style => style.Name));

    /// <summary>Makes the options and adds them to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="renameDescription">What the help says of a file of names.</param>
    /// <param name="styleDescription">What the help says of a style.</param>
    public static WeightOptions AddTo(Command command, string renameDescription, string styleDescription)
    {
        var options = new WeightOptions(renameDescription, styleDescription);
        command.Add(options.rename);
        command.Add(options.style);
        return options;
    }

    /// <summary>The options, in the order of the help.</summary>
    public IReadOnlyList<Option> All => [rename, style];

    /// <summary>The option that was given; null where none was.</summary>
    public string? Given(ParseResult result) =>
        result.GetValue(rename) is not null ? rename.Name : result.GetValue(style) is not null ? style.Name : null;

    /// <summary>The file of names; null where none was given.</summary>
    public string? File(ParseResult result) => result.GetValue(rename);

    /// <summary>The style that was asked for; null for none.</summary>
    /// <exception cref="RunnerException">There is none of that name, or names are given besides.</exception>
    public ModelStyle? Style(ParseResult result)
    {
        if (result.GetValue(style) is not string name)
        {
            return null;
        }

        if (result.GetValue(rename) is not null)
        {
            throw RunnerException.Usage($"{style.Name} and {rename.Name} both say how parameters are called; give one of them.");
        }

        return ModelStyle.All.FirstOrDefault(known => known.Name.Equals(name, StringComparison.OrdinalIgnoreCase))
            ?? throw RunnerException.Usage($"{style.Name}: there is no '{name}'. Known: {Names}.");
    }

    /// <summary>Where the parameters of a model are found.</summary>
    /// <exception cref="RunnerException">The names cannot be read, or do not fit the model.</exception>
    public Func<ModelDescription, WeightPlaces> Places(ParseResult result)
    {
        if (Style(result) is ModelStyle given)
        {
            return model => given.Read(model).Places;
        }

        NameMap names = result.GetValue(rename) is string path ? NameMap.Read(path, rename.Name) : NameMap.Empty;
        return model => WeightPlaces.Of(model, names);
    }
}
