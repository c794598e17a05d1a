namespace MicroGpt.Generator.Targets.Cpu.Kernels;

/// <summary>Where something lies: a pointer, and elements to go from there.</summary>
internal abstract record Address
{
    /// <summary>
    /// The address so many elements on. Each term of a sum is added by itself, so that a sum may exceed the 32 bits of its terms.
    /// </summary>
    public static Address operator +(Address address, Integer elements) => elements switch
    {
        WholeNumber { Value: 0 } => address,
        IntegerBinary { Operator: "+" } sum => address + sum.Left + sum.Right,
        _ => new Displaced(address, elements),
    };
}

/// <summary>A local or a parameter that is an address.</summary>
internal sealed record Pointer(string Name) : Address;

internal sealed record Displaced(Address From, Integer Elements) : Address;
