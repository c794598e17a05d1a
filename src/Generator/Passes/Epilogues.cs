using System.Collections.Immutable;
using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;

namespace MicroGpt.Generator.Passes;

/// <summary>
/// Products that go on with elementwise functions of their results while these are at hand. <see cref="Extend"/> takes in one function
/// after the other, before rows are fused; <see cref="Absorb"/> takes in what was fused into a row program and reduces nothing.
/// </summary>
internal static class Epilogues
{
    private static readonly ElementwiseFunction[] Light =
    [
        ElementwiseFunctions.Add, ElementwiseFunctions.Subtract, ElementwiseFunctions.Multiply, ElementwiseFunctions.Negate,
        ElementwiseFunctions.Relu,
        ElementwiseFunctions.Gate, ElementwiseFunctions.Max, ElementwiseFunctions.Min, ElementwiseFunctions.Clamp,
    ];

    /// <summary>
    /// A product that computes an elementwise function of its results too, and the inputs of that product; null where the function is not
    /// light, or better computed with what works on whole rows.
    /// </summary>
    /// <param name="function">The function.</param>
    /// <param name="inputs">Its inputs.</param>
    /// <param name="product">Which of them is the product, of which nothing else reads the results.</param>
    /// <param name="isRowWork">Whether an input is computed row by row, for this function alone.</param>
    /// <param name="name">Name of the result.</param>
    /// <param name="target">What the product must be possible for.</param>
    public static (ProductOp Op, Node[] Inputs)? Extend(
        ElementwiseFunction function, Node[] inputs, int product, Func<int, bool> isRowWork, string name, ITarget target)
    {
        if (inputs[product].Op is not ProductOp op || inputs[product].Shape.Kind != ShapeKind.Rows || !Light.Contains(function))
        {
            return null;
        }

        var writer = new ProgramWriter(inputs[product]);
        int result = writer.Result;
        int[] places = new int[inputs.Length];
        for (int i = 0; i < inputs.Length; i++)
        {
            var input = inputs[i];
            if (i == product)
            {
                places[i] = result;
            }
            else if (input.Op is Constant)
            {
                places[i] = writer.Step(input.Op, input.Shape, input.Name);
            }
            else if (input.Op is RepeatRows && input.Inputs[0].Op is Parameter)
            {
                places[i] = writer.Step(input.Op, input.Shape, input.Name, writer.Input(input.Inputs[0]));
            }
            else if (!isRowWork(i) && input != inputs[product])
            {
                places[i] = writer.Input(input);
            }
            else
            {
                return null;
            }
        }

        // The product first, where the order does not matter: one kernel for both.
        bool isEither = function == ElementwiseFunctions.Add || function == ElementwiseFunctions.Multiply;
        writer.Step(new Elementwise(function), inputs[product].Shape, name, isEither && product == 1 ? [places[1], places[0]] : places);
        var program = writer.Finish([writer.Result]);
        return target.TakesEpilogue(inputs[product].Shape, program) ? (op.With(program), [.. writer.Inputs]) : null;
    }

    /// <summary>Row programs that go on with the results of a product become part of it; of several, of the last.</summary>
    public static Graph.Graph Absorb(Graph.Graph graph, ITarget target) => new Absorption(graph, target).Run();

    /// <summary>Writes the program of a product that goes on, from that which it has.</summary>
    private sealed class ProgramWriter
    {
        private readonly List<RowStep> _steps = [];
        private readonly List<string> _names = [];

        public ProgramWriter(Node product)
        {
            var op = (ProductOp)product.Op;
            Inputs.AddRange(product.Inputs);
            if (op.Epilogue is { } epilogue)
            {
                _steps.AddRange(epilogue.Steps);
                _names.AddRange(epilogue.Names);
                Result = epilogue.Results[0];
            }
            else
            {
                Step(new RowInput(0), product.Shape, product.Name);
            }
        }

        /// <summary>What the product reads: x, w, and what its epilogue reads.</summary>
        public List<Node> Inputs { get; } = [];

        /// <summary>The step that was written last, or the result that the product has.</summary>
        public int Result { get; private set; }

        public int Step(Op op, Shape shape, string name, params int[] of)
        {
            _steps.Add(new RowStep(op, of.ToEquatableArray(), shape));
            _names.Add(name);
            return Result = _steps.Count - 1;
        }

        /// <summary>The step of a value that lies in memory.</summary>
        public int Input(Node node)
        {
            // The first two inputs are those of the product, which is the first input of the program.
            int known = Inputs.FindIndex(2, i => i == node);
            if (known >= 0)
            {
                return _steps.FindIndex(s => s.Op is RowInput input && input.Index == known - 1);
            }

            Inputs.Add(node);
            return Step(new RowInput(Inputs.Count - 2), node.Shape, node.Name);
        }

        public RowProgram Finish(IEnumerable<int> results) =>
            new(_steps.ToEquatableArray(), results.ToEquatableArray()) { Names = _names.ToEquatableArray() };
    }

    private sealed class Absorption(Graph.Graph graph, ITarget target)
    {
        private readonly GraphBuilder _builder = new();
        private readonly Dictionary<Node, Node> _made = [];
        private readonly Dictionary<Node, int> _place = graph.Nodes.Select((n, i) => (n, i)).ToDictionary(p => p.n, p => p.i);
        private readonly ILookup<Node, Node> _readers = graph.Readers();

        /// <summary>For each row program that is taken in, the product; and for each such product, the row program.</summary>
        private readonly Dictionary<Node, Node> _productOf = [], _rowsOf = [];

        public Graph.Graph Run()
        {
            foreach (var rows in graph.Nodes.Where(n => n.Op is RowProgram))
            {
                if (rows.Inputs.Where(i => CanGoOn(i, rows)).OrderByDescending(i => _place[i]).FirstOrDefault() is { } product)
                {
                    _productOf.Add(rows, product);
                    _rowsOf.Add(product, rows);
                }
            }

            if (_productOf.Count == 0)
            {
                return graph;
            }

            int boundary = 0;
            for (int i = 0; i < graph.Nodes.Length; i++)
            {
                if (i == graph.ForwardCount)
                {
                    boundary = _builder.Nodes.Count;
                }

                if (!_rowsOf.ContainsKey(graph.Nodes[i]))
                {
                    Make(graph.Nodes[i]);
                }
            }

            return Rewriter.RemoveDead(graph with
            {
                Nodes = [.. _builder.Nodes],
                Outputs = [.. graph.Outputs.Select(Make)],
                Parameters = [.. graph.Parameters.Select(Make)],
                Loss = graph.Loss is null ? null : Make(graph.Loss),
                ForwardCount = graph.ForwardCount >= graph.Nodes.Length ? _builder.Nodes.Count : boundary,
            });
        }

        /// <summary>Whether a value is a product that can compute a row program of its results.</summary>
        private bool CanGoOn(Node product, Node rows)
        {
            if (product.Op is not ProductOp || product.Shape.Kind != ShapeKind.Rows
                || _rowsOf.ContainsKey(product) || graph.Outputs.Contains(product)
                || _place[product] < graph.ForwardCount != _place[rows] < graph.ForwardCount)
            {
                return false;
            }

            var others = _readers[product].Where(r => r != rows).ToList();
            return target.TakesEpilogue(product.Shape, Program(product, rows, others.Count > 0).Program) && !DependsOn(rows, others);
        }

        /// <summary>
        /// Whether a row program needs what is computed from the same product by others: these would then wait for one another.
        /// </summary>
        private bool DependsOn(Node rows, List<Node> others)
        {
            int least = others.Count == 0 ? int.MaxValue : others.Min(o => _place[o]);
            var seen = new HashSet<Node>();
            var todo = new Stack<Node>(rows.Inputs);
            while (todo.Count > 0)
            {
                var next = todo.Pop();
                if (others.Contains(next))
                {
                    return true;
                }

                // What a product is made with comes before it, unless that is taken in by a row program which comes later.
                foreach (var input in (_rowsOf.TryGetValue(next, out var later) ? later.Inputs : next.Inputs)
                    .Where(i => _place[i] >= least || _rowsOf.ContainsKey(i)))
                {
                    if (seen.Add(input))
                    {
                        todo.Push(input);
                    }
                }
            }

            return false;
        }

        private static (RowProgram Program, List<Node> Inputs) Program(Node product, Node rows, bool keepsProduct)
        {
            var program = (RowProgram)rows.Op;
            var writer = new ProgramWriter(product);
            int kept = writer.Result;
            int[] places = new int[program.Steps.Count];
            for (int i = 0; i < places.Length; i++)
            {
                var step = program.Steps[i];
                places[i] = step.Op is RowInput input
                    ? rows.Inputs[input.Index] == product ? kept : writer.Input(rows.Inputs[input.Index])
                    : writer.Step(step.Op, step.Shape, program.Names[i], [.. step.Inputs.Select(k => places[k])]);
            }

            var results = program.Results.Select(r => places[r]);
            return (writer.Finish(keepsProduct ? results.Append(kept) : results), writer.Inputs);
        }

        private Node Make(Node node)
        {
            if (_made.TryGetValue(node, out var made))
            {
                return made;
            }

            if (_rowsOf.TryGetValue(node, out var taking))
            {
                // The product's own results are the last of those of the program.
                Make(taking);
                return _made[node];
            }

            if (!_productOf.TryGetValue(node, out var product))
            {
                made = _builder.Add(node.Op, node.Scope, node.Local, [.. node.Inputs.Select(Make)]);
                _made.Add(node, made);
                return made;
            }

            bool keepsProduct = _readers[product].Any(r => r != node);
            var (program, inputs) = Program(product, node, keepsProduct);
            bool isTuple = node.Shape.Kind == ShapeKind.Tuple;
            var op = ((ProductOp)product.Op).With(program);
            Node[] of = [.. inputs.Select(Make)];
            if (!keepsProduct || isTuple)
            {
                made = _builder.Add(op, node.Scope, node.Local, of);
                _made.Add(node, made);
            }
            else
            {
                made = _builder.Add(op, node.Scope, node.Local + "_rows", of);
                _made.Add(node, _builder.Add(new Part(0), node.Scope, node.Local, [made]));
            }

            if (keepsProduct)
            {
                _made.Add(product, _builder.Add(new Part(program.Results.Count - 1), product.Scope, product.Local, [made]));
            }

            return _made[node];
        }
    }
}
