using System.Runtime.CompilerServices;

namespace MicroGpt;

/// <summary>
/// What a forward pass is written with: <c>using static MicroGpt.Functions;</c>. Parameters and modules are made in field initialisers,
/// everything else is called from <c>Forward</c>.
/// </summary>
public static partial class Functions
{
    /// <summary>
    /// A parameter [rows, columns], as the initialiser of a field. It starts from a normal distribution with mean 0.
    /// </summary>
    /// <param name="rows">Outputs of a linear layer, entries of a table.</param>
    /// <param name="columns">Inputs of a linear layer, channels of a table.</param>
    /// <param name="std">Standard deviation it starts with: the model's <c>InitStd</c> unless given. 0 draws nothing.</param>
    /// <param name="name">Last part of its name: that of the field unless given.</param>
    /// <param name="field">The field; the compiler fills it in.</param>
    /// <exception cref="LanguageException">It is called in a constructor's body, or a number is out of range.</exception>
    public static Parameter Matrix(int rows, int columns, double? std = null, string? name = null, [CallerMemberName] string field = "") =>
        Construction.Declare(name, field, rows, columns, isVector: false, 0, std);

    /// <summary>A parameter [length], as the initialiser of a field: a gain or a bias.</summary>
    /// <param name="length">Number of channels.</param>
    /// <param name="value">What its elements start at, or around.</param>
    /// <param name="std">Standard deviation of a normal distribution around the value; none, or 0, draws nothing.</param>
    /// <param name="name">Last part of its name: that of the field unless given.</param>
    /// <param name="field">The field; the compiler fills it in.</param>
    /// <exception cref="LanguageException">It is called in a constructor's body, or a number is out of range.</exception>
    public static Parameter Vector(
        int length, double value = 0, double? std = null, string? name = null, [CallerMemberName] string field = "") =>
        Construction.Declare(name, field, 1, length, isVector: true, value, std ?? 0);

    /// <summary>A number of equal modules, as the initialiser of a field.</summary>
    /// <param name="count">How many.</param>
    /// <param name="name">
    /// Name of each, with its number for <c>{0}</c>: <c>field.{0}</c> unless given. An empty one leaves the prefix out.
    /// </param>
    /// <param name="field">The field; the compiler fills it in.</param>
    /// <exception cref="LanguageException">It is called in a constructor's body, or the number is negative.</exception>
    public static T[] Layers<T>(int count, string? name = null, [CallerMemberName] string field = "")
        where T : new() => Construction.Elements(count, _ => Construction.New<T>(), name, field);

    /// <summary>A number of modules, each made with its number, as the initialiser of a field.</summary>
    /// <param name="count">How many.</param>
    /// <param name="make">Makes one, given its number from 0.</param>
    /// <param name="name">
    /// Name of each, with its number for <c>{0}</c>: <c>field.{0}</c> unless given. An empty one leaves the prefix out.
    /// </param>
    /// <param name="field">The field; the compiler fills it in.</param>
    /// <exception cref="LanguageException">It is called in a constructor's body, or the number is negative.</exception>
    public static T[] Layers<T>(int count, Func<int, T> make, string? name = null, [CallerMemberName] string field = "") =>
        Construction.Elements(count, make, name, field);
}
