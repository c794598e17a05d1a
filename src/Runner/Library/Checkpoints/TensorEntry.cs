namespace MicroGpt.Runner.Checkpoints;

/// <summary>A tensor of a safetensors file, as its header describes it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">The type of its elements, such as <c>F32</c>.</param>
/// <param name="Shape">Its dimensions; none for a single number.</param>
/// <param name="Begin">Where its data begins, counted from the end of the header.</param>
/// <param name="End">Where its data ends.</param>
public sealed record TensorEntry(string Name, TensorType Type, IReadOnlyList<long> Shape, long Begin, long End)
{
    /// <summary>Bytes of its data.</summary>
    public long Length => End - Begin;

    /// <summary>The type and shape as messages show them, such as <c>F32 [27, 16]</c>.</summary>
    public string Form => $"{Type} [{string.Join(", ", Shape)}]";
}

/// <summary>The types of elements that the format names.</summary>
public enum TensorType
{
    /// <summary>A truth value in a byte.</summary>
    BOOL,

    /// <summary>Unsigned, 8 bits.</summary>
    U8,

    /// <summary>Signed, 8 bits.</summary>
    I8,

    /// <summary>Floating point, 8 bits, 5 of them exponent.</summary>
    F8_E5M2,

    /// <summary>Floating point, 8 bits, 4 of them exponent.</summary>
    F8_E4M3,

    /// <summary>Signed, 16 bits.</summary>
    I16,

    /// <summary>Unsigned, 16 bits.</summary>
    U16,

    /// <summary>IEEE 754 half precision.</summary>
    F16,

    /// <summary>The upper half of single precision.</summary>
    BF16,

    /// <summary>Signed, 32 bits.</summary>
    I32,

    /// <summary>Unsigned, 32 bits.</summary>
    U32,

    /// <summary>IEEE 754 single precision.</summary>
    F32,

    /// <summary>IEEE 754 double precision.</summary>
    F64,

    /// <summary>Signed, 64 bits.</summary>
    I64,

    /// <summary>Unsigned, 64 bits.</summary>
    U64,
}

/// <summary>What is to know of the types of elements.</summary>
public static class TensorTypes
{
    /// <summary>Whether elements are floating-point numbers that <see cref="SafetensorsFile.Read"/> reads.</summary>
    public static bool IsFloatingPoint(TensorType type) => type is TensorType.F64 or TensorType.F32 or TensorType.F16 or TensorType.BF16;

    /// <summary>Bytes of an element.</summary>
    public static int Size(TensorType type) => type switch
    {
        TensorType.BOOL or TensorType.U8 or TensorType.I8 or TensorType.F8_E5M2 or TensorType.F8_E4M3 => 1,
        TensorType.I16 or TensorType.U16 or TensorType.F16 or TensorType.BF16 => 2,
        TensorType.I32 or TensorType.U32 or TensorType.F32 => 4,
        _ => 8,
    };
}
