using System.CommandLine;
using System.CommandLine.Parsing;
using MicroGpt.Runner.Data;

namespace MicroGpt.Runner.Commands;

/// <summary>The options that say where the text comes from and how it becomes documents and tokens.</summary>
internal sealed class DataOptions
{
    private readonly Option<string?> data;
    private readonly Option<DocumentKind> documents;
    private readonly Option<bool> trim;
    private readonly Option<TokenizerKind> tokenizer;

    private DataOptions()
    {
        data = new Option<string?>("--data")
        {
            Description = "Text (UTF-8): a file, a folder of text files, or - for standard input. [default: the built-in names]",
            HelpName = "file",
        };
        EmptyName.Refuse(data, "a file or a folder, or - for standard input");
        documents = Choice(
            "--documents", "What is a document: a line, a paragraph, a file; or stream: none, the text is one sequence.",
            KindName.Documents);
        trim = new Option<bool>("--trim") { Description = "Strip white space at both ends of a document; else only its line ending goes." };
        tokenizer = Choice(
            "--tokenizer", "What a token is: one of the text's characters, a byte, or a piece of GPT-2's vocabulary.", KindName.Tokenizers);
    }

    /// <summary>The options, in the order of the help.</summary>
    public IReadOnlyList<Option> All => [data, documents, trim, tokenizer];

    /// <summary>Makes the options and adds them to a command.</summary>
    public static DataOptions AddTo(Command command)
    {
        var options = new DataOptions();
        foreach (Option option in options.All)
        {
            command.Add(option);
        }

        return options;
    }

    /// <summary>The settings asked for.</summary>
    public DataSettings Settings(ParseResult result) => new()
    {
        Path = result.GetValue(data),
        Documents = result.GetValue(documents),
        Trim = result.GetValue(trim),
        Tokenizer = result.GetValue(tokenizer),
    };

    private static Option<T> Choice<T>(string name, string description, IReadOnlyList<(string Name, T Kind)> known)
        where T : struct, Enum
    {
        string[] names = [.. known.Select(item => item.Name)];
        var option = new Option<T>(name)
        {
            Description = $"{description} One of {string.Join(", ", names)}. [default: {names[0]}]",
            HelpName = "kind",
            CustomParser = result =>
            {
                string text = result.Tokens[0].Value;
                int index = Array.FindIndex(names, item => item.Equals(text, StringComparison.OrdinalIgnoreCase));
                if (index >= 0)
                {
                    return known[index].Kind;
                }

                string guess = NearestName.Find(text, names) is string nearest ? $" Did you mean {nearest}?" : "";
                result.AddError($"{name}: there is no '{text}'.{guess} Known: {string.Join(", ", names)}.");
                return default;
            },
        };
        option.CompletionSources.Add(names);
        return option;
    }
}
