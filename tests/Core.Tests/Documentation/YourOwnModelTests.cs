using System.Reflection;
using System.Text.RegularExpressions;

namespace MicroGpt.Core.Tests.Documentation;

/// <summary>The code of docs/your-own-model.md compiles without a warning, and its program prints what the page says.</summary>
public class YourOwnModelTests
{
    [Fact]
    public void The_pages_program_prints_what_it_says()
    {
        DocumentedPage page = DocumentedPage.Of("docs/your-own-model.md");
        string[] code = [.. page.Blocks.Select(block => block.Code)];
        string expected =
            Regex.Match(page.Text, "^prints\n\n```text\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline).Groups[1].Value;
        Assert.Equal(3, code.Length);
        Assert.Equal(expected, Run(Assembly.Load(DocumentedCode.Compile(code))));
    }

    private static string Run(Assembly program)
    {
        TextWriter console = Console.Out;
        using var output = new StringWriter { NewLine = "\n" };
        Console.SetOut(output);
        try
        {
            program.EntryPoint!.Invoke(null, [Array.Empty<string>()]);
        }
        finally
        {
            Console.SetOut(console);
        }

        return output.ToString();
    }
}
