namespace MicroGpt.Generator.Graph;

/// <summary>What an op has to know besides its inputs, as the graph's data has it: a named number, or a named text.</summary>
internal readonly record struct OpAttribute(string Name, double Number, string? Text)
{
    public static OpAttribute Of(string name, double number) => new(name, number, null);

    public static OpAttribute Of(string name, string text) => new(name, 0, text);
}
