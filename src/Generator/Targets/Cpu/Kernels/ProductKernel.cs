using System.Collections.Immutable;

namespace MicroGpt.Generator.Targets.Cpu.Kernels;

/// <summary>y[t][j] = Σₖ x[t][k] w[k][j], and what becomes of it: whatever w lies like.</summary>
/// <param name="Epilogue">What becomes of a tile of results before it is stored; null for nothing.</param>
/// <param name="OfHeads">Whether x lies in heads that do not fill their panels: what is empty at the end of each is passed over.</param>
internal abstract record ProductKernel(ProductEpilogue? Epilogue, bool OfHeads) : KernelSpec
{
    public sealed override string Name => Stem + (OfHeads ? "OfHeads" : "") + (Epilogue is null ? "" : "_" + Epilogue.Name);

    public sealed override string Summary => $"{Epilogue?.Formula ?? "y = x w"}: [rows, outer] = [rows, inner] [inner, outer]"
        + Remark + (OfHeads ? "; inner are heads in whole panels" : "");

    public sealed override ImmutableArray<KernelParameter> Parameters =>
    [
        In("x"), In("w"),
        .. Epilogue is null ? [Out("y")] : Epilogue.InputNames.Select(In).Concat(Epilogue.ResultNames.Select(Out)),
        Whole(Given.Inner), .. OfHeads ? [Whole(Given.Head)] : (KernelParameter[])[], Whole(Given.Outer), Panel, Rows, Part,
    ];

    /// <summary>What its name begins with.</summary>
    protected abstract string Stem { get; }

    /// <summary>What its summary says of w.</summary>
    protected virtual string Remark => "";
}
