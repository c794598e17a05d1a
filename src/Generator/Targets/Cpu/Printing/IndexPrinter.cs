using System.Globalization;
using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Targets.Cpu.Kernels;

namespace MicroGpt.Generator.Targets.Cpu.Printing;

/// <summary>
/// Prints whole numbers, conditions and addresses as C#, with parentheses where precedence asks for them and a cast where 32 bits do not
/// hold what two numbers of 32 bits make.
/// </summary>
internal static class IndexPrinter
{
    /// <summary>The C# type of a number.</summary>
    public static string TypeOf(Integer number) => number.IsWide ? "nint" : "int";

    /// <summary>A number as what a name stands for: where 32 bits hold that, nothing wider is kept.</summary>
    /// <exception cref="CompilerException">There is no C# for a part of it.</exception>
    public static string Print(Integer number, NamedInteger name) =>
        number.IsWide && !name.IsWide ? "(int)" + InParentheses(number, Rank(number) < Primary) : Print(number);

    /// <exception cref="CompilerException">There is no C# for a part of it.</exception>
    public static string Print(Integer number) => number switch
    {
        NamedInteger name => name.Name,

        // Beyond 32 bits a constant is a long, which no address takes without being asked.
        WholeNumber whole => whole.IsWide ? $"unchecked((nint){Digits(whole)})" : Digits(whole),
        IntegerBinary binary =>
            $"{Left(binary)} {binary.Operator} {InParentheses(binary.Right, Rank(binary.Right) <= Rank(binary))}",
        IntegerElement element => $"{Print(element.Address, isIndexed: true)}[{Print(element.Index)}]",
        IntegerCall call => $"{NameOf(call.Function)}({string.Join(", ", call.Arguments.Select(Print))})",
        IntegerChoice choice => $"{Print(choice.Condition)} ? {Print(choice.Yes)} : {Print(choice.No)}",
        _ => throw new CompilerException("Emit", number.GetType().Name, "there is no C# for this number"),
    };

    /// <exception cref="CompilerException">There is no C# for a part of it.</exception>
    public static string Print(Condition condition) => condition switch
    {
        Comparison comparison => $"{Compared(comparison.Left)} {comparison.Operator} {Compared(comparison.Right)}",
        Both both => $"{Print(both.First)} && {Print(both.Second)}",
        _ => throw new CompilerException("Emit", condition.GetType().Name, "there is no C# for this condition"),
    };

    /// <param name="address">The address.</param>
    /// <param name="isIndexed">Whether an index follows, which binds tighter than a sum.</param>
    /// <returns>The address in C#.</returns>
    /// <exception cref="CompilerException">There is no C# for a part of it.</exception>
    public static string Print(Address address, bool isIndexed = false) => address switch
    {
        Pointer pointer => pointer.Name,
        Displaced displaced when isIndexed => $"({Print(displaced)})",
        Displaced displaced => $"{Print(displaced.From)} + {InParentheses(displaced.Elements, Rank(displaced.Elements) <= Sum)}",
        _ => throw new CompilerException("Emit", address.GetType().Name, "there is no C# for this address"),
    };

    private const int Choice = 0, Sum = 1, Product = 2, Unary = 3, Primary = 4;

    private static int Rank(Integer number) => number switch
    {
        IntegerBinary { Operator: "+" or "-" } => Sum,
        IntegerBinary => Product,
        IntegerChoice => Choice,
        WholeNumber { Value: < 0, IsWide: false } => Unary,
        _ => Primary,
    };

    private static string Left(IntegerBinary binary) => binary.Widens
        ? "(nint)" + InParentheses(binary.Left, Rank(binary.Left) < Primary)
        : InParentheses(binary.Left, Rank(binary.Left) < Rank(binary));

    private static string Compared(Integer number) => InParentheses(number, Rank(number) == Choice);

    private static string InParentheses(Integer number, bool needed) => needed ? $"({Print(number)})" : Print(number);

    private static string Digits(WholeNumber number) => number.Value.ToString(CultureInfo.InvariantCulture);

    private static string NameOf(IntegerFunction function) => function switch
    {
        IntegerFunction.Min => "Math.Min",
        IntegerFunction.Max => "Math.Max",
        IntegerFunction.PartFrom => "part.From",
        _ => "part.To",
    };
}
