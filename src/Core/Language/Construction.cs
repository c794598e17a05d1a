using System.Globalization;
using System.Reflection;
using System.Runtime.ExceptionServices;

namespace MicroGpt;

/// <summary>
/// The construction of a model: while one is open on a thread, each parameter made there is remembered, in the order in which they are
/// made. Field initialisers have no other way to say what they belong to.
/// </summary>
internal sealed class Construction : IDisposable
{
    [ThreadStatic]
    private static Construction? _current;

    private readonly Construction? _outer;
    private readonly List<Parameter> _parameters = [];
    private string _path = "";

    public Construction()
    {
        _outer = _current;
        _current = this;
    }

    /// <summary>The parameters made so far, in canonical order.</summary>
    public IReadOnlyList<Parameter> Parameters => _parameters;

    /// <summary>Makes a parameter, and remembers it if a construction is open: a compiled model needs none, it has a table.</summary>
    /// <exception cref="LanguageException">It is made elsewhere than in a field initialiser, or a number is out of range.</exception>
    public static Parameter Declare(string? name, string field, int rows, int columns, bool isVector, double mean, double? std)
    {
        RequireField(field, isVector ? "Vector" : "Matrix");
        var parameter = new Parameter(_current?._path + (name ?? field), rows, columns, isVector, mean, std);
        if (rows < 1 || columns < 1)
        {
            throw new LanguageException($"{parameter}: every size must be at least 1");
        }

        if (std is not (null or >= 0) || std is double.PositiveInfinity || !double.IsFinite(mean))
        {
            throw new LanguageException($"{parameter}: it must start from finite numbers, with a deviation of at least 0");
        }

        _current?._parameters.Add(parameter);
        return parameter;
    }

    /// <summary>Makes the elements of an array of modules, the names of their parameters below their own.</summary>
    /// <exception cref="LanguageException">They are made elsewhere than in a field initialiser, or their number is negative.</exception>
    public static T[] Elements<T>(int count, Func<int, T> make, string? name, string field)
    {
        RequireField(field, "Layers");
        if (count < 0)
        {
            throw new LanguageException($"{field}: there cannot be {count} layers");
        }

        var elements = new T[count];
        for (int i = 0; i < count; i++)
        {
            string? outer = _current?._path;
            string element = (name ?? field + ".{0}").Replace("{0}", i.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal);
            if (_current is { } open)
            {
                open._path = outer + (element.Length == 0 ? "" : element + ".");
            }

            elements[i] = make(i);
            if (_current is { } still)
            {
                still._path = outer!;
            }
        }

        return elements;
    }

    /// <summary>A new module. The runtime wraps what its constructor throws; the mistake itself comes out here.</summary>
    public static T New<T>()
        where T : new()
    {
        try
        {
            return new T();
        }
        catch (TargetInvocationException e) when (e.InnerException is not null)
        {
            ExceptionDispatchInfo.Throw(e.InnerException);
            throw;
        }
    }

    public void Dispose() => _current = _outer;

    // The caller's member of a field initialiser is the field, that of a constructor's body is the constructor.
    private static void RequireField(string field, string function)
    {
        if (field is ".ctor" or ".cctor")
        {
            throw new LanguageException(
                $"{function} is called in a constructor's body: parameters and modules are made in field initialisers only, "
                + "so that their order is that of the text");
        }
    }
}
