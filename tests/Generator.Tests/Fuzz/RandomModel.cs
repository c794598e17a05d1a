using System.Text;

namespace MicroGpt.Generator.Tests.Fuzz;

/// <summary>
/// The text of a random model: a forward pass made of all that the language has, of awkward widths. Every value is bounded and reaches the
/// loss, so that the text is right and what it computes can be compared.
/// </summary>
internal sealed class RandomModel
{
    /// <summary>A tensor in a local variable of the text.</summary>
    private sealed record Value(string Name, int Channels, int Groups)
    {
        public int Size => Channels / Groups;
    }

    private static readonly int[] Widths = [1, 2, 3, 4, 5, 7, 8, 11, 13, 16, 17, 23, 31, 33];

    // Smooth ones first.
    private static readonly string[] Functions =
    [
        "Tanh({0})", "Sigmoid({0})", "Erf({0})", "Silu({0})", "Gelu({0})", "GeluTanh({0})", "Exp(Tanh({0}))", "Log(1 + Square({0}))",
        "Sqrt(0.5 + Square({0}))", "Rsqrt(0.5 + Square({0}))", "-{0}", "2 - {0}", "{0} / 1.7", "1 / (1 + Square({0}))", "Softmax({0})",
        "RmsNorm({0}, epsilon: 0.1)", "LayerNorm({0}, epsilon: 0.1)", "{0} * Sigmoid({0}.Named(\"same\"))", "Dropout({0}, 0)",
        "3 * Tanh({0} / 3)", "Abs({0})", "Relu({0})", "Square(Relu({0}))", "Clamp({0}, -0.9, 1.1)", "Max({0}, 0.1)", "Min(0.2, {0})",
        "{0} * Detach(Sigmoid({0}))", "{0} - Largest({0})",
    ];

    private const int SmoothFunctions = 20;

    private readonly Random _random;
    private readonly bool _smooth;
    private readonly List<string> _fields = [];
    private readonly List<Value> _values = [];
    private readonly HashSet<Value> _unread = [];
    private readonly List<string> _statements = [];
    private int _names;

    /// <summary>Makes a text.</summary>
    /// <param name="random">What all choices come from.</param>
    /// <param name="name">Name of the class.</param>
    /// <param name="smooth">Whether the loss has derivatives everywhere, as central differences need.</param>
    /// <param name="settings">Further arguments of the attribute.</param>
    public RandomModel(Random random, string name, bool smooth = false, string settings = "")
    {
        (_random, Name, _smooth, Settings) = (random, name, smooth, settings);
        Vocabulary = Pick(2, 3, 5, 7, 11, 17);

        // Of 70 keys no head keeps the weights.
        Block = Pick(0, 1, 2, 5, 9, 9, 19, 70);
        int width = Pick(Widths);
        string text = Matrix("wte", Vocabulary, width) + "[tokens]";
        Add(Block > 0 ? $"{text} + {Matrix("wpe", Block, width)}[tokens.Positions]" : text, width, 1);
        int steps = random.Next(2, 9);
        for (int i = 0; i < steps; i++)
        {
            Step();
        }

        Finish();
    }

    public string Name { get; }

    public int Vocabulary { get; }

    /// <summary>Most positions of a document; 0 for no limit.</summary>
    public int Block { get; }

    private string Settings { get; }

    /// <summary>The class.</summary>
    public string Text => TextWith([], []);

    /// <summary>The class with one mistake in it.</summary>
    public string WithMistake()
    {
        var (statement, field) = Mistakes.Any(_random);
        int at = _random.Next(1, _statements.Count);
        var x = _values.First(v => _statements.Take(at).Any(s => s.StartsWith($"Tensor {v.Name} ", StringComparison.Ordinal)));
        string Filled(string text) => text.Replace("{x}", x.Name).Replace("{C}", $"{x.Channels}").Replace("{C+1}", $"{x.Channels + 1}");
        _statements.Insert(at, Filled(statement));
        return TextWith(field is null ? [] : [Filled(field)], []);
    }

    private string TextWith(IEnumerable<string> fields, IEnumerable<string> members)
    {
        var text = new StringBuilder();
        text.Append($"[Model(VocabSize = {Vocabulary}, BlockSize = {Block}{Settings})]\npublic sealed partial class {Name}\n{{\n");
        foreach (string field in _fields.Concat(fields).Concat(members))
        {
            text.Append($"    {field}\n");
        }

        text.Append("\n    public Tensor Forward(Tokens tokens)\n    {\n");
        _statements.ForEach(s => text.Append($"        {s}\n"));
        return text.Append("    }\n}\n").ToString();
    }

    private void Step()
    {
        Value x = Read();
        switch (_random.Next(16))
        {
            case 0 or 1 or 2:
                Add(string.Format(Functions[_random.Next(_smooth ? SmoothFunctions : Functions.Length)], x.Name), x.Channels, x.Groups);
                break;
            case 3:
                Add($"{Pick<string>(_smooth ? ["Mean"] : ["Mean", "Largest", "0.3 * Sum"])}({x.Name})", x.Groups, x.Groups);
                break;
            case 4 or 5:
                Meet(x);
                break;
            case 6:
                AddOfVector(x);
                break;
            case 7 or 8:
                int outputs = Pick(Widths);
                string matrix = Matrix("w", outputs, x.Channels);
                Add($"Linear({x.Name}, {matrix}{(_random.Next(2) == 0 ? "" : ", " + Vector("bias", outputs))})", outputs, 1);
                break;
            case 9:
                int groups = Pick([.. Enumerable.Range(1, x.Channels).Where(n => x.Channels % n == 0)]);
                Add($"{x.Name}.Heads({groups})", x.Channels, groups);
                break;
            case 10:
                int from = _random.Next(x.Size), to = _random.Next(from + 1, x.Size + 1);
                Add(
                    $"{x.Name}[{from}..{(to == x.Size ? "" : to.ToString(System.Globalization.CultureInfo.InvariantCulture))}]",
                    (to - from) * x.Groups, x.Groups);
                break;
            case 11:
                Value other = _values.Where(v => v.Groups == x.Groups && v.Channels + x.Channels < 60)
                    .DefaultIfEmpty(x).OrderBy(_ => _random.Next()).First();
                _unread.Remove(other);
                Add($"Concat({x.Name}, Tanh({other.Name}))", x.Channels + other.Channels, x.Groups);
                break;
            case 12:
                Turn(x);
                break;
            case 13 or 14 when Block > 0:
                Attend(x);
                break;
            default:
                Construct(x);
                break;
        }
    }

    /// <summary>Two values of channels that meet.</summary>
    private void Meet(Value x)
    {
        Value other = _values
            .Where(v => (v.Channels == x.Channels && (v.Groups == x.Groups || v.Groups == 1))
                || v.Channels == 1 || (v.Groups == x.Groups && v.Size == 1))
            .DefaultIfEmpty(x).OrderBy(_ => _random.Next()).First();
        _unread.Remove(other);
        string form = Pick<string>(_smooth
            ? ["{0} + {1}", "{0} - {1}", "Tanh({0}) * {1}", "{0} / (1 + Square({1}))"]
            : ["{0} + {1}", "{1} - {0}", "Tanh({0}) * {1}", "{0} / (1 + Square({1}))", "Max({0}, {1})", "Min({1}, {0})"]);
        Add(string.Format(form, x.Name, other.Name), x.Channels, x.Groups);
    }

    private void AddOfVector(Value x)
    {
        string v = Vector("gain", Pick(x.Channels, x.Size, 1));
        string form = Pick(
            "{0} * {1}", "{0} + {1}", "{1} - {0}", "{0} / (1 + Square({1}))", "RmsNorm({0}, {1}, epsilon: 0.1)",
            "LayerNorm({0}, {1}, epsilon: 0.1)", "{0} * Sigmoid({1})");
        Add(string.Format(form, x.Name, v), x.Channels, x.Groups);
    }

    private void Turn(Value x)
    {
        int heads = Pick(1, 2, 3), size = 2 * Pick(1, 2, 3, 5, 9);
        Add($"Rope(Linear({x.Name}, {Matrix("r", heads * size, x.Channels)}), "
            + $"tokens, {heads}, theta: {Pick(10, 100)}{(_random.Next(2) == 0 ? "" : ", interleaved: true")})", heads * size, 1);
    }

    private void Attend(Value x)
    {
        int keyHeads = Pick(1, 1, 2, 3),
            heads = keyHeads * Pick(1, 2, 3), size = Pick(1, 2, 3, 4, 5, 8, 9, 17), values = Pick(size, size, 1, 4, 6);
        string Product(string name, int outputs) => $"Linear({x.Name}, {Matrix(name, outputs, x.Channels)})";
        string further = (heads == keyHeads && _random.Next(2) == 0 ? "" : $", keyHeads: {keyHeads}")
            + Pick("", "", ", scale: 0.7") + Pick("", "", $", window: {Pick(1, 2, 5)}") + Pick("", "", ", softcap: 1.5");
        Add(
            $"Attention({Product("wq", heads * size)}, {Product("wk", keyHeads * size)}, {Product("wv", keyHeads * values)}, "
                + $"tokens, {heads}{further})",
            heads * values,
            1);
    }

    /// <summary>What C# offers around the operations.</summary>
    private void Construct(Value x)
    {
        string name = "v" + _names;
        string v = Vector("c", x.Channels);
        switch (_random.Next(6))
        {
            case 0:
                Add(x.Name, x.Channels, x.Groups);
                _statements.Add($"for (int i = 0; i < {Pick(1, 2, 3)}; i++) {{ {name} = Tanh({name} + {v}); }}");
                break;
            case 1:
                _statements.Add($"Tensor F{name}(Tensor a, double s = 0.5) => a * s + {v};");
                Add($"F{name}({x.Name}) + F{name}(s: 0.25, a: {x.Name})", x.Channels, x.Groups);
                break;
            case 2:
                Add($"{x.Name}.Channels > {Pick(0, 3, 100)} ? {x.Name} + {v} : {x.Name} - {v}", x.Channels, x.Groups);
                break;
            case 3:
                _statements.Add($"Tensor[] many{name} = [{x.Name}, Sigmoid({x.Name}), {x.Name} * {v}];");
                Add($"0 * {x.Name}", x.Channels, x.Groups);
                _statements.Add($"foreach (Tensor each in many{name}) {name} += each;");
                break;
            case 4:
                _statements.Add($"var (a{name}, b{name}) = ({x.Name} + {v}, Math.Max({Pick(1, 2)}, 2) / 4.0);");
                Add($"a{name} * b{name}", x.Channels, x.Groups);
                break;
            default:
                Add(
                    $"{Pick(1, 2, 3)} switch {{ 1 => {x.Name} * {v}, 2 when {v} is not null => {x.Name} + {v}, _ => {v} - {x.Name} }}",
                    x.Channels, x.Groups);
                break;
        }
    }

    private void Finish()
    {
        int width = Pick(Widths);
        string sum = string.Join(" + ", _unread.OrderBy(v => v.Name, StringComparer.Ordinal)
            .Select(v => $"Linear(Tanh({v.Name}), {Matrix("out", width, v.Channels)})"));
        _statements.Add($"Tensor last = {Pick("RmsNorm", "LayerNorm", "Tanh")}({sum});"
            .Replace("RmsNorm(", "RmsNorm(epsilon: 0.1, x: ").Replace("LayerNorm(", "LayerNorm(epsilon: 0.1, x: "));
        bool tied = _fields.Any(f => f.Contains($"wte = Matrix({Vocabulary}, {width})", StringComparison.Ordinal)) && _random.Next(2) == 0;
        _statements.Add($"return Linear(last, {(tied ? "wte" : Matrix("lm_head", Vocabulary, width))});");
    }

    private void Add(string expression, int channels, int groups)
    {
        var value = new Value("v" + _names++, channels, groups);
        _statements.Add($"Tensor {value.Name} = {expression};");
        _values.Add(value);
        _unread.Add(value);
    }

    /// <summary>One of the last values mostly, so that passes are deep.</summary>
    private Value Read()
    {
        Value value = _random.Next(3) == 0 ? _values[_random.Next(_values.Count)] : _values[^1];
        _unread.Remove(value);
        return value;
    }

    private string Matrix(string name, int rows, int columns)
    {
        if (name is not ("wte" or "wpe" or "lm_head"))
        {
            name += _fields.Count;
        }

        string std = (1 / Math.Sqrt(columns)).ToString("0.###", System.Globalization.CultureInfo.InvariantCulture);
        _fields.Add($"private readonly Parameter {name} = Matrix({rows}, {columns}{(name is "wte" or "lm_head" ? "" : ", std: " + std)});");
        return name;
    }

    private string Vector(string name, int length)
    {
        name += _fields.Count;
        _fields.Add($"private readonly Parameter {name} = Vector({length}, {Pick("0", "1")}, std: 0.3);");
        return name;
    }

    private T Pick<T>(params T[] choices) => choices[_random.Next(choices.Length)];
}
