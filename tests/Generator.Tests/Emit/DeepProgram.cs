namespace MicroGpt.Generator.Tests.Emit;

using MicroGpt.Generator.Language;
using MicroGpt.Generator.Tests.Language;
using static MicroGpt.Generator.Language.Functions;
using Program = MicroGpt.Generator.Graph.Program;

/// <summary>So many hidden channels that their weight, of an uneven width, is transposed in several parts.</summary>
internal static class DeepProgram
{
    /// <summary>Enough of them for the weight to be transposed.</summary>
    public const int Rows = 510;

    public static Program Record(int vocabulary)
    {
        using var recording = Recording.Begin(vocabulary, Rows, 0.08);
        Tensor x = Matrix(vocabulary, 20, name: "table")[recording.Tokens];
        Tensor y = Linear(Tanh(Linear(x, Matrix(2000, 20, name: "up"))), Matrix(20, 2000, name: "down"));
        return recording.Finish(Linear(x + 0.02 * y, Matrix(vocabulary, 20, name: "head")));
    }
}
