using MicroGpt.Generator.Ops;
using MicroGpt.Generator.Spec;
using MicroGpt.Generator.Targets.Cpu.Lowering;
using MicroGpt.Generator.Text;

namespace MicroGpt.Generator.Targets.Cpu.Printing;

/// <summary>The members of the contract that carry the state of the update across the border, by name.</summary>
internal sealed class StatePrinter(CompiledModel model)
{
    // Adam's kernels keep the moments without their factors 1 - beta: sums in which what is k steps old counts beta to the power of k.
    private static readonly (string Name, string Arena)[] AdamState = [("decayed_sum", "_moments1"), ("decayed_square_sum", "_moments2")];

    private bool IsAdam => model.Spec.Optimizer is Optimizer.Adam or Optimizer.AdamW;

    private (string Name, string Arena)[] State => model.Spec.Optimizer switch
    {
        Optimizer.Sgd => [],
        Optimizer.Momentum => [("velocity", "_moments1")],
        _ => AdamState,
    };

    public void Print(CodeWriter w)
    {
        string element = KernelPrinter.TypeName(model.Spec.Precision);
        w.Line("/// <inheritdoc/>");
        w.Line(State.Length > 0
            ? $"public System.Collections.Generic.IReadOnlyList<string> StateNames => new[] "
                + $"{{ {string.Join(", ", State.Select(s => $"\"{s.Name}\""))} }};"
            : "public System.Collections.Generic.IReadOnlyList<string> StateNames => Array.Empty<string>();");
        w.Line();
        w.Line("/// <inheritdoc/>");
        using (w.Block("public long Updates"))
        {
            w.Line("get => _updates;");
            using (w.Block("set"))
            {
                w.Line("ArgumentOutOfRangeException.ThrowIfNegative(value);");
                w.Line("_updates = value;");
                if (IsAdam)
                {
                    w.Line("_beta1Power = 1;");
                    w.Line("_beta2Power = 1;");
                    w.Line("// Multiplied step by step, as training does: a power would differ in the last bit. "
                        + "Once both are zero they stay it.");
                    using (w.Block("for (long step = 0; step < value && _beta2Power + _beta1Power > 0; step++)"))
                    {
                        w.Line($"_beta1Power *= {FacePrinter.Number(OptimizerRule.AdamRule.Beta1)};");
                        w.Line($"_beta2Power *= {FacePrinter.Number(OptimizerRule.AdamRule.Beta2)};");
                    }
                }
            }
        }

        w.Line();
        w.Line("/// <inheritdoc/>");
        using (w.Block("public void CopyStateTo(GradientOptimizer? optimizer, string name, Span<double> destination)"))
        {
            w.Line($"CheckLength(destination.Length, {GeneratedMembers.Description}.ParameterCount);");
            w.Line("Unpack(State(optimizer, name), destination);");
        }

        w.Line();
        w.Line("/// <inheritdoc/>");
        using (w.Block("public void LoadState(GradientOptimizer? optimizer, string name, ReadOnlySpan<double> source)"))
        {
            w.Line($"CheckLength(source.Length, {GeneratedMembers.Description}.ParameterCount);");
            w.Line("Pack(source, State(optimizer, name));");
        }

        w.Line();
        w.Line("/// <inheritdoc/>");
        using (w.Block(
            "public void CopyStateTo(GradientOptimizer? optimizer, string name, ParameterInfo parameter, Span<double> destination)"))
        {
            w.Line("CheckParameter(parameter, destination.Length);");
            w.Line("Unpack(State(optimizer, name), parameter, destination);");
        }

        w.Line();
        w.Line("/// <inheritdoc/>");
        using (w.Block("public void LoadState(GradientOptimizer? optimizer, string name, ParameterReader read)"))
        {
            w.Line("ArgumentNullException.ThrowIfNull(read);");
            w.Line($"{element}* state = State(optimizer, name);");
            ParametersPrinter.PrintReading(w, "Pack(values, parameter, state);");
        }

        w.Line();
        w.Summary("A part of an update's state, which is laid out as the weights are.");
        using (w.Block($"private {element}* State(GradientOptimizer? optimizer, string name)"))
        {
            using (w.Block("if (optimizer is not null)"))
            {
                w.Line($"return optimizer.State<{element}>(name, Gradients.Total);");
            }

            w.Line();
            foreach (var (name, arena) in State)
            {
                using (w.Block($"if (name == \"{name}\")"))
                {
                    w.Line($"return {arena}!.Pointer;");
                }

                w.Line();
            }

            w.Line("throw new ArgumentException($\"The model's update keeps nothing that is called '{name}'.\", nameof(name));");
        }

        w.Line();
    }
}
