using System.Collections.Immutable;
using System.Globalization;
using MicroGpt.Generator.Collections;
using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using MicroGpt.Generator.Spec;
using ParameterOp = MicroGpt.Generator.Graph.Parameter;

namespace MicroGpt.Generator.Language;

/// <summary>
/// The program that is being recorded: while one is open on a thread, the twins' functions add to it. It begins with the
/// parameters being declared, in canonical order, and ends with <see cref="Finish"/>.
/// </summary>
internal sealed class Recording : IDisposable
{
    [ThreadStatic]
    private static Recording? _current;

    private readonly Recording? _outer;
    private readonly GraphBuilder _graph = new();
    private readonly Dictionary<Node, string> _names = [];
    private readonly List<ProgramParameter> _parameters = [];
    private readonly Dictionary<string, Node> _byCanonicalName = new(StringComparer.Ordinal);
    private int _dropouts;

    private Recording(int vocabSize, int blockSize, double initStd, Precision precision)
    {
        (VocabSize, BlockSize, InitStd, Precision) = (vocabSize, blockSize, initStd, precision);
        Tokens = new Tokens(_graph.Add(new Input(InputKind.Tokens), "tokens"), _graph.Add(new Input(InputKind.Positions), "positions"));
        _outer = _current;
        _current = this;
    }

    /// <summary>The one that is open on this thread.</summary>
    /// <exception cref="InvalidOperationException">None is.</exception>
    public static Recording Current =>
        _current ?? throw new InvalidOperationException("no program is being recorded");

    public int VocabSize { get; }

    /// <summary>Most positions of a document; 0 where there is no limit.</summary>
    public int BlockSize { get; }

    /// <summary>The standard deviation that matrices start with unless they say otherwise.</summary>
    public double InitStd { get; }

    /// <summary>The precision in which the program is computed, which its numbers must fit.</summary>
    public Precision Precision { get; }

    /// <summary>What the forward pass is called with.</summary>
    public Tokens Tokens { get; }

    /// <summary>All that has been recorded.</summary>
    public IReadOnlyList<Node> Nodes => _graph.Nodes;

    /// <summary>The part of the model that is being recorded, for headings and as a prefix of names.</summary>
    public Scope Scope
    {
        get => _graph.Scope;
        set => _graph.Scope = value;
    }

    /// <summary>Prefix of the names of the parameters that are declared next, such as <c>layers.0.</c>.</summary>
    public string Path { get; set; } = "";

    /// <summary>Opens a recording on this thread until it is disposed.</summary>
    public static Recording Begin(int vocabSize, int blockSize, double initStd, Precision precision = Precision.Double) =>
        new(vocabSize, blockSize, initStd, precision);

    /// <summary>A node of the open recording.</summary>
    public static Tensor Add(Op op, params Tensor[] inputs) => Current.AddNode(op, [.. inputs.Select(i => i.Node)]);

    public Tensor AddNode(Op op, params Node[] inputs) => new(_graph.Add(op, LocalName(op), inputs));

    /// <summary>The first result of an op with several.</summary>
    public Tensor AddPart(Op op, params Node[] inputs)
    {
        var tuple = _graph.Add(op, LocalName(op), inputs);
        return new Tensor(_graph.Part(tuple, 0, tuple.Local + "_y"));
    }

    /// <exception cref="LanguageException">It is too large.</exception>
    public Node Number(double value) => _graph.Number(Fitting(value));

    /// <summary>A number that the precision holds.</summary>
    /// <param name="value">The number; one that is infinite in the text is meant to be.</param>
    /// <param name="argument">Name of the function's parameter that it is given for.</param>
    /// <param name="what">What the number is, where the text does not say it.</param>
    /// <exception cref="LanguageException">It is too large.</exception>
    public double Fitting(double value, string? argument = null, string what = "") =>
        Precision == Precision.Double || !Constant.IsBeyondSingle(value) || double.IsInfinity(value)
            ? value
            : throw new LanguageException(
                $"{what}{Constant.Literal(value)} is too large for single precision, whose numbers end at 3.4028235E+38: "
                    + "use a smaller one, or set Precision = Precision.Double", argument) { IsTooLarge = true };

    public int NextDropoutSite() => _dropouts++;

    /// <summary>Makes the elements of an array of modules, the names of their parameters below their own.</summary>
    /// <exception cref="LanguageException">Their number is negative.</exception>
    public T[] Elements<T>(int count, Func<int, T> make, string name)
    {
        if (count < 0)
        {
            throw new LanguageException($"there cannot be {count} layers");
        }

        string outer = Path;
        var elements = new T[count];
        for (int i = 0; i < count; i++)
        {
            string element = name.Replace("{0}", i.ToString(CultureInfo.InvariantCulture));
            Path = outer + (element.Length == 0 ? "" : element + ".");
            elements[i] = make(i);
        }

        Path = outer;
        return elements;
    }

    /// <summary>Declares a parameter, below <see cref="Path"/>.</summary>
    /// <exception cref="LanguageException">The name is taken, or a size or the deviation is out of range.</exception>
    public Parameter Declare(Shape shape, double value, double std, string name)
    {
        string canonical = Path + name;
        if (shape.Inner.Size < 1 || (shape.Kind == ShapeKind.Matrix && shape.Outer.Size < 1))
        {
            throw new LanguageException($"{canonical} {shape}: every size must be at least 1");
        }

        if (!(std >= 0) || double.IsInfinity(std) || double.IsNaN(value) || double.IsInfinity(value))
        {
            throw new LanguageException($"{canonical}: it must start from finite numbers, with a deviation of at least 0");
        }

        if (_byCanonicalName.ContainsKey(canonical))
        {
            throw new LanguageException($"there are two parameters called {canonical}");
        }

        var scope = ScopeOf(canonical, out string? local);
        var node = _graph.Add(new ParameterOp(canonical, shape), scope, local, []);
        _byCanonicalName.Add(canonical, node);
        _parameters.Add(new ProgramParameter(canonical, shape, value, std));
        return new Parameter(node);
    }

    /// <summary>Gives a value the name that the model's text gives it; the first name stays.</summary>
    public void SetName(Tensor tensor, string local)
    {
        var node = Viewed(tensor);
        if (node.Op is not (ParameterOp or Input or Constant) && !_names.ContainsKey(node))
        {
            _names.Add(node, local);
        }
    }

    /// <summary>A value's name and shape, for messages.</summary>
    public static string Describe(Tensor tensor)
    {
        var node = Viewed(tensor);
        string name = node.Op is ParameterOp parameter ? parameter.Canonical
            : Current._names.TryGetValue(node, out string? given) ? given
            : "the result of " + (node.Op switch
            {
                Embed => "reading " + ((ParameterOp)node.Inputs[0].Op).Canonical,
                Slice when node.Inputs[0].Op is Part { Index: 0 } => node.Inputs[0].Inputs[0].Op.Name,
                Part => node.Inputs[0].Op.Name,
                _ => node.Op.Name,
            });
        return $"{name} {tensor.AnyNode.Shape}";
    }

    /// <summary>The scope that a name such as <c>layers.0.attention.wq</c> puts a parameter into, and its name there.</summary>
    public static Scope ScopeOf(string canonical, out string local)
    {
        var segments = new List<string>();
        string heading = "";
        foreach (string? part in canonical.Split('.'))
        {
            // What came before was no parameter's own name; the first that is numbered is the heading.
            heading = heading.Length == 0 && segments.Count > 0 && char.IsDigit(segments[segments.Count - 1].Last())
                ? string.Concat(segments.Select(Capital))
                : heading;
            if (segments.Count > 0 && part.All(char.IsDigit))
            {
                segments[segments.Count - 1] += part;
            }
            else
            {
                segments.Add(Identifier(part));
            }
        }

        local = segments[segments.Count - 1];
        segments.RemoveAt(segments.Count - 1);
        return new Scope(heading, string.Join("_", segments));
    }

    /// <summary>Ends the recording.</summary>
    /// <param name="logits">What the forward pass returned.</param>
    /// <exception cref="LanguageException">They are not logits.</exception>
    public Program Finish(Tensor logits)
    {
        var node = logits.Heads(1).Node;
        if (node.Shape.Kind != ShapeKind.Rows || logits.Channels != VocabSize)
        {
            throw new LanguageException(
                $"Forward returns {Describe(logits)}, but must return logits [rows, {VocabSize.ToString(CultureInfo.InvariantCulture)}], "
                    + "one for each token of the vocabulary");
        }

        var live = new HashSet<Node> { node };
        live.UnionWith(_byCanonicalName.Values);
        foreach (var reader in _graph.Nodes.Reverse().Where(live.Contains))
        {
            live.UnionWith(reader.Inputs);
        }

        var place = new Dictionary<Node, int>();
        var operations = ImmutableArray.CreateBuilder<ProgramOperation>();
        foreach (var each in _graph.Nodes.Where(live.Contains))
        {
            place.Add(each, operations.Count);
            operations.Add(new ProgramOperation(each.Op, each.Inputs.Select(i => place[i]).ToEquatableArray(), each.Scope, NameOf(each)));
        }

        return Headings.Name(new Program
        {
            VocabSize = VocabSize,
            BlockSize = BlockSize,
            Parameters = _parameters.ToEquatableArray(),
            Operations = operations.ToEquatableArray(),
            Logits = place[node],
        });
    }

    /// <summary>The name that the model's text gives a value, or that of its operation; the graph tells equal ones apart.</summary>
    private string NameOf(Node node) => _names.TryGetValue(node, out string? given) ? given : node.Op switch
    {
        ParameterOp or Input or Constant => node.Local,
        Part => LocalName(node.Inputs[0].Op) + "_y",
        _ => LocalName(node.Op),
    };

    public void Dispose() => _current = _outer;

    /// <summary>What a view of channels as groups is a view of.</summary>
    private static Node Viewed(Tensor tensor)
    {
        var node = tensor.AnyNode;
        while (node.Op is Regroup)
        {
            node = node.Inputs[0];
        }

        return node;
    }

    private static string LocalName(Op op) => op.Name.ToLowerInvariant();

    private static string Capital(string text) => text.Length == 0 ? text : char.ToUpperInvariant(text[0]) + text.Substring(1);

    private static string Identifier(string text)
    {
        string safe = string.Concat(text.Select(c => char.IsLetterOrDigit(c) || c == '_' ? c : '_'));
        return safe.Length == 0 || char.IsDigit(safe[0]) ? "_" + safe : safe;
    }
}
