using System.Globalization;
using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Spec;
using MicroGpt.Generator.Targets.Cpu.Kernels;
using MicroGpt.Generator.Targets.Cpu.Layout;
using MicroGpt.Generator.Targets.Cpu.Lowering;
using MicroGpt.Generator.Text;

namespace MicroGpt.Generator.Targets.Cpu.Printing;

/// <summary>Prints kernels of one vector width as C#. It decides nothing: every choice was made when the kernel was built.</summary>
internal sealed class KernelPrinter(CodeWriter writer, VectorSet vectors, Precision precision)
{
    private readonly string _vector = "Vector" + vectors.Bits.ToString(CultureInfo.InvariantCulture);

    private string Element => TypeName(precision);

    public static string TypeName(Precision precision) => precision == Precision.Single ? "float" : "double";

    public static string Signature(KernelSpec kernel, Precision precision)
    {
        string parameters = string.Join(", ", kernel.Parameters.Select(p => TypeOf(p.Kind, TypeName(precision)) + " " + p.Name));
        return $"{(kernel.ReturnsSum ? "double" : "void")} {kernel.Name}({parameters})";
    }

    /// <param name="kernel">What is printed.</param>
    /// <param name="spec">Of what it was built.</param>
    /// <param name="isPart">Whether only kernels call it.</param>
    public void Print(Kernel kernel, KernelSpec spec, bool isPart = false)
    {
        writer.Summary(kernel.Summary);
        writer.Line("[MethodImpl(MethodImplOptions.AggressiveOptimization)]");
        using (writer.Block($"{(isPart ? "private" : "public")} static {Signature(spec, precision)}"))
        {
            Print(kernel.Body);
        }
    }

    private static string TypeOf(ParameterKind kind, string element) => kind switch
    {
        ParameterKind.Input or ParameterKind.Output => element + "*",
        ParameterKind.Indices => "int*",
        ParameterKind.Panel => "nint",
        ParameterKind.Real => element,
        ParameterKind.Part => "Part",
        ParameterKind.Sums => "double*",
        ParameterKind.DropoutSite => "DropoutSite",
        _ => "int",
    };

    private void Print(Block block)
    {
        foreach (var statement in block.Statements)
        {
            Print(statement);
        }
    }

    private void Print(Statement statement)
    {
        switch (statement)
        {
            case For loop:
                PrintFor(loop);
                break;
            case While loop:
                using (writer.Block($"while ({IndexPrinter.Print(loop.Condition)})"))
                {
                    Print(loop.Body);
                }

                break;
            case If condition:
                using (writer.Block($"if ({IndexPrinter.Print(condition.Condition)})"))
                {
                    Print(condition.Then);
                }

                break;
            case Section section:
                writer.Line("// " + section.Comment);
                using (writer.Block())
                {
                    Print(section.Body);
                }

                break;
            case Switch choice:
                using (writer.Block($"switch ({IndexPrinter.Print(choice.Value)})"))
                {
                    foreach (var (number, body) in choice.Cases)
                    {
                        using (writer.Block($"case {number}:"))
                        {
                            Print(body);
                            writer.Line("break;");
                        }
                    }
                }

                break;
            case LetScratch scratch:
                string room = scratch.Name.Name + "Room";
                writer.Line($"{Element}* {room} = stackalloc {Element}[{IndexPrinter.Print(scratch.Elements + vectors.PanelWidth)}];");
                writer.Line($"{Element}* {scratch.Name.Name} = ({Element}*)(((nint){room} + {MemoryLayout.PanelBytes - 1}) "
                    + $"& -{MemoryLayout.PanelBytes});");
                break;
            case Wait:
                writer.Line("part.Wait();");
                break;
            case Comment comment:
                writer.Line("// " + comment.Text);
                break;
            default:
                writer.Line(Simple(statement));
                break;
        }
    }

    private void PrintFor(For loop)
    {
        // A bound that takes longer than a sum is computed once.
        var (variable, end) = (loop.Variable.Name, IndexPrinter.Print(loop.To));
        var (also, to) = IsLong(loop.To) ? ($", {variable}End = {end}", variable + "End") : ("", end);
        string heading = $"for ({IndexPrinter.TypeOf(loop.Variable)} {variable} "
            + $"= {IndexPrinter.Print(loop.From)}{also}; {variable} < {to}; {Step(variable, loop.Step)}"
            + string.Concat(loop.Advances.Select(a => ", " + Step(a.Pointer.Name, a.By))) + ")";
        using (writer.Block(heading))
        {
            Print(loop.Body);
        }
    }

    private static bool IsLong(Integer bound) => bound switch
    {
        IntegerCall or IntegerChoice or IntegerBinary { Operator: "/" or "%" } => true,
        IntegerBinary binary => IsLong(binary.Left) || IsLong(binary.Right),
        _ => false,
    };

    private static string Step(string name, Integer by) =>
        by is WholeNumber { Value: 1 } ? name + "++" : $"{name} += {IndexPrinter.Print(by)}";

    private string Simple(Statement statement) => statement switch
    {
        Let let => $"var {let.Name} = {Print(let.Value)};",
        LetInteger let => $"{IndexPrinter.TypeOf(let.Name)} {let.Name.Name} = {IndexPrinter.Print(let.Value, let.Name)};",
        LetAddress let => $"{Element}* {let.Name.Name} = {IndexPrinter.Print(let.Value)};",
        LetDouble let => $"double {let.Name} = {Print(let.Value)};",
        Assign assign => $"{assign.Name.Text} = {Print(assign.Value)};",
        AssignInteger assign => $"{assign.Name.Name} = {IndexPrinter.Print(assign.Value, assign.Name)};",
        AssignAddress assign => $"{assign.Name.Name} = {IndexPrinter.Print(assign.Value)};",
        Store store => $"{_vector}.Store({Print(store.Value)}, {IndexPrinter.Print(store.Address)});",
        StoreSums store =>
            $"VectorMath.StoreSums({string.Join(", ", store.Vectors.Select(Print))}, {IndexPrinter.Print(store.Address)});",
        StoreElement store => $"{At(store.Address, store.Index)} = {Print(store.Value)};",
        Prefetch prefetch => $"VectorMath.Prefetch({IndexPrinter.Print(prefetch.Address)});",
        Transpose transpose =>
            $"VectorMath.TransposeBlock{vectors.Bits}({IndexPrinter.Print(transpose.From)}, {IndexPrinter.Print(transpose.To)});",
        FillFactors fill =>
            $"{fill.Site}.Fill({IndexPrinter.Print(fill.Address)}, {IndexPrinter.Print(fill.Row)}, "
                + $"{IndexPrinter.Print(fill.Channel)}, {IndexPrinter.Print(fill.Count)});",
        Invoke call => $"{call.Kernel.Name}({string.Join(", ", call.Operands.Select(Print))});",
        Return result => $"return {Print(result.Value)};",
        Together together => string.Join(" ", together.Statements.Select(Simple)),
        _ => throw new CompilerException("Emit", statement.GetType().Name, "there is no C# for this statement"),
    };

    private string Print(Operand operand) => operand switch
    {
        AddressOperand address => IndexPrinter.Print(address.Address),
        IntegerOperand integer => IndexPrinter.Print(integer.Number),
        NumberOperand number => Print(number.Number),
        WholePart => "Part.Whole",
        OwnPart => "part",
        _ => throw new CompilerException("Emit", operand.GetType().Name, "there is no C# for this operand"),
    };

    private static string At(Address address, Integer index) =>
        $"{IndexPrinter.Print(address, isIndexed: true)}[{IndexPrinter.Print(index)}]";

    private string Print(Expr expr) => expr switch
    {
        Name name => name.Text,
        Number number => Print(number.Value),
        Zero => $"{_vector}<{Element}>.Zero",
        LaneNumbers => $"{_vector}<{Element}>.Indices",
        Converted converted => $"({Element})({IndexPrinter.Print(converted.Value)})",
        Load load => $"{_vector}.Load({IndexPrinter.Print(load.Address)})",
        Element element => At(element.Address, element.Index),
        DoubleNumber number => number.Value.ToString("R", CultureInfo.InvariantCulture),
        OfInteger integer => integer.Value.Name,
        Binary binary => Operand(binary.Left, binary.Operator, isRight: false)
            + $" {binary.Operator} " + Operand(binary.Right, binary.Operator, isRight: true),
        GroupSum sum => $"VectorMath.SumGroupsOf{sum.Lanes}({Print(sum.Value)})",
        FirstLanes first => $"{_vector}.ConditionalSelect({Mask(first.Lanes)}, {Print(first.Value)}, {Print(Expr.Splat(first.Rest))})",
        SelectLanes select => $"{_vector}.ConditionalSelect({Mask(select.Lanes)}, {Print(select.Value)}, {Print(Expr.Splat(select.Rest))})",
        Call call => Print(call),
        _ => throw new CompilerException("Emit", expr.GetType().Name, "there is no C# for this expression"),
    };

    private string Print(Call call)
    {
        string Argument(int i) => Print(call.Arguments[i]);
        return call.Function switch
        {
            Function.Splat => $"{_vector}.Create({Argument(0)})",

            // Without fused multiply-adds in hardware, which the narrowest set must do without, rounding once would be a call.
            Function.Fma => vectors.Bits == 128
                ? $"Vector128.MultiplyAddEstimate({Argument(0)}, {Argument(1)}, {Argument(2)})"
                : $"{_vector}.FusedMultiplyAdd({Argument(0)}, {Argument(1)}, {Argument(2)})",
            Function.Max => $"{_vector}.MaxNative({Argument(0)}, {Argument(1)})",
            Function.Exp => $"VectorMath.Exp({Argument(0)})",
            Function.Tanh => $"VectorMath.Tanh({Argument(0)})",
            Function.Sum => $"VectorMath.Sum({Argument(0)})",
            Function.Largest => $"VectorMath.Max({Argument(0)})",
            Function.First => $"{_vector}.ToScalar({Argument(0)})",
            Function.WherePositive =>
                $"{_vector}.GreaterThan({Argument(0)}, {_vector}<{Element}>.Zero) & {Operand(call.Arguments[1], "&", isRight: true)}",
            Function.Root => $"{_vector}.Sqrt({Argument(0)})",
            Function.InverseRoot => $"VectorMath.ReciprocalSqrt({Argument(0)})",
            Function.Log => $"VectorMath.Log({Argument(0)})",
            Function.Sigmoid => $"VectorMath.Sigmoid({Argument(0)})",
            Function.Erf => $"VectorMath.Erf({Argument(0)})",
            Function.Abs => $"{_vector}.Abs({Argument(0)})",
            Function.Min => $"{_vector}.MinNative({Argument(0)}, {Argument(1)})",
            Function.WhereGreater =>
                $"{_vector}.GreaterThan({Argument(0)}, {Argument(1)}) & {Operand(call.Arguments[2], "&", isRight: true)}",
            Function.WhereEqual => $"{_vector}.Equals({Argument(0)}, {Argument(1)}) & {Operand(call.Arguments[2], "&", isRight: true)}",
            Function.WhereAtLeast =>
                $"{_vector}.GreaterThanOrEqual({Argument(0)}, {Argument(1)}) & {Operand(call.Arguments[2], "&", isRight: true)}",
            Function.AtLeast =>
                $"{_vector}.ConditionalSelect({_vector}.GreaterThanOrEqual({Argument(0)}, {Argument(1)}), {Argument(2)}, {Argument(3)})",
            Function.Cosine => Rounded($"Math.Cos({Argument(0)})"),
            Function.Sine => Rounded($"Math.Sin({Argument(0)})"),
            Function.LogOfDouble => $"Math.Log({Argument(0)})",
            Function.Negate => Negated(Operand(call.Arguments[0], "*", isRight: true)),
            _ => throw new CompilerException("Emit", call.Function.ToString(), "there is no C# for this function"),
        };
    }

    // Two minuses in a row would be one operator.
    private static string Negated(string text) => text[0] == '-' ? $"-({text})" : "-" + text;

    private string Rounded(string call) => precision == Precision.Single ? "(float)" + call : call;

    private string Operand(Expr expr, string around, bool isRight)
    {
        string text = Print(expr);
        bool needs = expr switch
        {
            Binary inner => Rank(inner.Operator) < Rank(around) || (isRight && Rank(inner.Operator) == Rank(around)),
            Call { Function: Function.WherePositive or Function.WhereGreater or Function.WhereEqual or Function.WhereAtLeast } => true,
            _ => false,
        };
        return needs ? "(" + text + ")" : text;
    }

    private static int Rank(string op) => op switch { "&" => 0, "+" or "-" => 1, _ => 2 };

    private string Print(double value)
    {
        // What passes make of a model's numbers may be larger than each of them; in single precision that is infinite.
        if (double.IsNaN(value) || double.IsInfinity(value) || (precision == Precision.Single && Constant.IsBeyondSingle(value)))
        {
            return Element + (double.IsNaN(value) ? ".NaN" : value > 0 ? ".PositiveInfinity" : ".NegativeInfinity");
        }

        string text = Constant.Literal(value);
        return precision == Precision.Single ? text + "f" : text.Contains('.') || text.Contains('E') ? text : text + ".0";
    }

    private string Mask(int lanes) => Mask(new string('1', lanes).PadRight(vectors.Lanes, '0'));

    private string Mask(string lanes)
    {
        string values = string.Join(", ", lanes.Select(lane => lane == '1' ? "-1" : "0"));
        return precision == Precision.Single ? $"{_vector}.Create({values}).AsSingle()" : $"{_vector}.Create({Long(values)}).AsDouble()";
    }

    private static string Long(string values) => string.Join(", ", values.Split([", "], StringSplitOptions.None).Select(v => v + "L"));
}
