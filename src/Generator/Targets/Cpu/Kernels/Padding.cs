using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Ops;

namespace MicroGpt.Generator.Targets.Cpu.Kernels;

/// <summary>What the steps of a row program have in lanes that hold no channel: what is stored there must be zero.</summary>
internal static class Padding
{
    /// <param name="program">The program.</param>
    /// <param name="spreads">Whether a value of one channel a row is put into all lanes, as row programs do.</param>
    /// <returns>
    /// For each step its value there; null where that is not known but as finite as what channels hold, NaN where it may be infinite or
    /// no number: that is not zero when it is multiplied by zero.
    /// </returns>
    public static double?[] Of(RowProgram program, bool spreads = true)
    {
        double?[] padding = new double?[program.Steps.Count];
        for (int i = 0; i < padding.Length; i++)
        {
            padding[i] = Of(program.Steps[i], padding, spreads);
        }

        return padding;
    }

    private static double? Of(RowStep step, double?[] padding, bool spreads)
    {
        double?[] x = [.. step.Inputs.Select(i => padding[i])];
        switch (step.Op)
        {
            case Constant constant:
                return constant.Value;
            case RowInput:
                return spreads && step.Shape.Inner.Size == 1 ? null : 0;
            case RepeatRows or Detach or Regroup:
                return x[0];
            case Elementwise { Function: var function }:
                if (function == ElementwiseFunctions.Gate && x[0] == 0)
                {
                    return 0;
                }

                if (x.Any(known => known is double.NaN))
                {
                    return double.NaN;
                }

                if (x.All(known => known is not null))
                {
                    double value = function.Evaluate([.. x.Select(known => known!.Value)]);
                    return double.IsInfinity(value) ? double.NaN : value;
                }

                return function == ElementwiseFunctions.Multiply && x.Any(known => known == 0) ? 0 : null;
            default:
                return x.Any(known => known is double.NaN) ? double.NaN : null;
        }
    }
}
