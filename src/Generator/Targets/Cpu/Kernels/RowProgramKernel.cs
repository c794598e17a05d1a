using System.Collections.Immutable;
using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;
using MicroGpt.Generator.Targets.Cpu.Layout;

namespace MicroGpt.Generator.Targets.Cpu.Kernels;

/// <summary>
/// A row program, row by row. Where a row is a few vectors, its values stay in registers. Else the row is gone over once more than
/// its longest chain of reductions, and what is cheaper to compute again than to store is computed again.
/// </summary>
/// <param name="Program">What is computed; without names.</param>
/// <param name="Layout">How the channels lie.</param>
/// <param name="Packed">For each input, whether it is a vector parameter, whose panels lie one after the other.</param>
internal sealed record RowProgramKernel(RowProgram Program, RowLayout Layout, EquatableArray<bool> Packed) : KernelSpec
{
    public override string Name => RowProgramName.Of(this);

    public override string Summary => string.Join("; ", FormulaWriter.Write(Program, [], [])) + $": [rows, {Layout.Axis}]";

    public override ImmutableArray<KernelParameter> Parameters =>
    [
        .. Enumerable.Range(0, Program.InputCount).Select(i => In(FormulaWriter.InputName(i))),
        .. Program.Results.Select((_, i) => Out(FormulaWriter.ResultName(Program, i))),
        Panel, Rows, Part,
    ];

    protected override Block Body(VectorSet v)
    {
        var body = new Block();
        body.ForPart("t", Given.Rows, (row, t) =>
        {
            if (Layout.UnitCount == 1)
            {
                new RowProgramWriter(this, v, t, 0).Write(row);
            }
            else
            {
                row.For("u", Layout.UnitCount, (unit, u) => new RowProgramWriter(this, v, t, u * Layout.UnitPanels).Write(unit));
            }
        });
        return Finished(body);
    }
}

/// <summary>Short names for kernels of row programs: what they compute with, how wide, and a number that tells them apart.</summary>
internal static class RowProgramName
{
    private const int Most = 3;

    public static string Of(RowProgramKernel kernel)
    {
        if (Known(kernel) is { } known)
        {
            return $"{known}_{kernel.Layout.Axis}";
        }

        string[] functions =
        [
            .. kernel.Program.Steps.Select(s => s.Op).Where(op => op is Elementwise or Reduce).Select(op => op.Name).Distinct(),
        ];
        string[] shown = functions.Length <= Most ? functions : [.. functions.Take(Most), "etc"];
        string text = Structure(kernel.Program, kernel.Packed) + kernel.Layout;
        return $"Rows_{string.Concat(shown)}_{kernel.Layout.Axis.ToString().Replace('·', 'x')}_{Hash(text):x8}";
    }

    /// <summary>
    /// What a kernel is called where the field has a word for it: the norm of the GPT and its gradient, alone or two of them in a row.
    /// Found by the whole program, so that the name says everything; null for others.
    /// </summary>
    private static string? Known(RowProgramKernel kernel)
    {
        var axis = kernel.Layout.Axis;
        return axis.Groups > 1 || kernel.Packed.Any(p => p) ? null : kernel.Program switch
        {
            var p when p.Equals(NormWriter.Norm(axis)) => "RmsNorm",
            var p when p.Equals(NormWriter.TwoNorms(axis)) => "RmsNorm_RmsNorm",
            var p when p.Equals(NormWriter.Gradient(axis)) => "RmsNormGrad",
            var p when p.Equals(NormWriter.GradientAndAdd(axis)) => "RmsNormGrad_Add",
            var p when p.Equals(NormWriter.TwoGradients(axis)) => "RmsNormGrad_Add_RmsNormGrad",
            _ => null,
        };
    }

    /// <summary>
    /// All that tells two programs apart, as a text; inputs stand in their order. A formula does not: one order of steps reads like
    /// another, and a vector like rows.
    /// </summary>
    /// <param name="program">The program.</param>
    /// <param name="packed">For each of its inputs, whether it is a vector parameter.</param>
    public static string Structure(RowProgram program, EquatableArray<bool> packed) =>
        string.Join("|", program.Steps.Select(s => $"{s.Op}({string.Join(",", s.Inputs)}){s.Shape}"))
            + "->" + string.Join(",", program.Results) + string.Concat(packed.Select(p => p ? "P" : "A"));

    /// <summary>FNV-1a, which is the same on every machine.</summary>
    public static uint Hash(string text)
    {
        uint hash = 2166136261;
        foreach (char c in text)
        {
            hash = unchecked((hash ^ c) * 16777619);
        }

        return hash;
    }
}

/// <summary>How the channels of a row program lie, and which of them are reduced together.</summary>
/// <param name="Axis">The channels.</param>
/// <param name="Padded">Channels that a group takes in memory; for one group, whole panels.</param>
/// <param name="Groups">Groups that reductions work within: 1 for all channels.</param>
/// <param name="UnitPanels">Panels of a unit, which is reduced as a whole: a group, or the row.</param>
/// <param name="UnitCount">Units of a row.</param>
internal sealed record RowLayout(Axis Axis, int Padded, int Groups, int UnitPanels, int UnitCount)
{
    /// <summary>Channels of a group that hold something.</summary>
    public int GroupSize => Axis.Count / Groups;

    /// <summary>Whether groups are narrower than a panel, so that sums over them are lanes of one another.</summary>
    public bool InLanes(int panelWidth) => Groups > 1 && Padded < panelWidth;

    /// <summary>How many of the lanes from a column of a unit on hold something, and which.</summary>
    public bool[] Valid(int column, int lanes, int panelWidth) => [.. Enumerable.Range(column, lanes).Select(c => InLanes(panelWidth)
        ? c / Padded < Groups && c % Padded < GroupSize
        : Axis.Groups > 1 && Groups == 1 ? c / Padded < Axis.Groups && c % Padded < Axis.Size
        : c < GroupSize)];
}
