using System.Reflection;
using System.Runtime.CompilerServices;
using MicroGpt.Runtime;

namespace MicroGpt.Generator.Tests.Emit;

/// <summary>
/// Memory is used again and again: what a kernel reads must have been written in the same pass, padding too. Here it is full of numbers
/// that nobody wrote.
/// </summary>
internal static unsafe class UsedMemory
{
    private const double Junk = 12345;
    private const BindingFlags Own = BindingFlags.Instance | BindingFlags.NonPublic;

    /// <summary>Fills the memory of activations and of the decoder of a compiled model, and the stack where kernels have room.</summary>
    public static void Fill(ICompiledModel model)
    {
        object compiled = Field(model, "_compiledModel");
        foreach (string name in new[] { "_activations", "_pieces", "_decoder" }.Where(f => compiled.GetType().GetField(f, Own) is not null))
        {
            switch (Field(compiled, name))
            {
                case Arena<float> arena:
                    new Span<float>(arena.Pointer, checked((int)arena.Elements)).Fill((float)Junk);
                    FillStack((float)Junk);
                    break;
                case Arena<double> arena:
                    new Span<double>(arena.Pointer, checked((int)arena.Elements)).Fill(Junk);
                    FillStack(Junk);
                    break;
            }
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void FillStack<T>(T junk) where T : unmanaged
    {
        const int Bytes = 640 * 1024;
        Span<T> below = stackalloc T[Bytes / sizeof(T)];
        below.Fill(junk);
    }

    private static object Field(object of, string name) =>
        of.GetType().GetField(name, Own)!.GetValue(of)!;
}
