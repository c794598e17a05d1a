namespace MicroGpt;

/// <summary>
/// The attributes of models are read by the compiler and by nobody after it; at run time a model says the same by its
/// <see cref="ModelDescription"/>. They are left out of the assembly, unless this symbol is defined, so that an edited number does not
/// change what other assemblies see of it, and they need not be compiled again.
/// </summary>
internal static class SpecSymbol
{
    public const string Name = "MICROGPT_KEEP_ATTRIBUTES";
}
