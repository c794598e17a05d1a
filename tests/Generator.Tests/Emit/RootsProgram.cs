namespace MicroGpt.Generator.Tests.Emit;

using MicroGpt.Generator.Language;
using MicroGpt.Generator.Tests.Language;
using static MicroGpt.Generator.Language.Functions;
using Program = MicroGpt.Generator.Graph.Program;

/// <summary>
/// Roots and logarithms of a width that fills no panel: where there is no channel their derivatives are infinite, and the gradient is zero.
/// </summary>
internal static class RootsProgram
{
    public static Program Record(int vocabulary)
    {
        using var recording = Recording.Begin(vocabulary, 30, 0.08);
        Parameter gain = Vector(66, 1, name: "gain"), other = Vector(66, 1, name: "other");
        Tensor x = Matrix(vocabulary, 27, name: "table")[recording.Tokens];
        Tensor y = Sqrt(Abs(Linear(x, Matrix(66, 27, name: "a")))) * gain;
        Tensor z = Linear(y, Matrix(66, 66, name: "b"));
        Tensor logs = Log(Square(z * other) + 0.01 * Square(gain));
        return recording.Finish(Linear(0.1 * logs + z, Matrix(vocabulary, 66, name: "head")));
    }
}
