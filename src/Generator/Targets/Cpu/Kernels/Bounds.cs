namespace MicroGpt.Generator.Targets.Cpu.Kernels;

/// <summary>The least and the most that a whole number can be; what would exceed 64 bits counts as their end.</summary>
internal readonly record struct Bounds(long Least, long Most)
{
    /// <summary>Whether 32 bits hold every number within.</summary>
    public bool FitInt => Least >= int.MinValue && Most <= int.MaxValue;

    public static Bounds operator +(Bounds a, Bounds b) => new(Plus(a.Least, b.Least), Plus(a.Most, b.Most));

    public static Bounds operator -(Bounds a, Bounds b) => new(Plus(a.Least, -b.Most), Plus(a.Most, -b.Least));

    public static Bounds operator *(Bounds a, Bounds b) =>
        Around(Times(a.Least, b.Least), Times(a.Least, b.Most), Times(a.Most, b.Least), Times(a.Most, b.Most));

    /// <summary>Of a quotient by something positive.</summary>
    public static Bounds operator /(Bounds a, Bounds b)
    {
        long least = Math.Max(1, b.Least), most = Math.Max(1, b.Most);
        return Around(a.Least / least, a.Least / most, a.Most / least, a.Most / most);
    }

    /// <summary>Of what remains after a division by something positive.</summary>
    public static Bounds operator %(Bounds a, Bounds b)
    {
        long most = Math.Max(1, b.Most) - 1;
        return new(a.Least >= 0 ? 0 : Math.Max(a.Least, -most), Math.Max(0, Math.Min(a.Most, most)));
    }

    public static Bounds Min(Bounds a, Bounds b) => new(Math.Min(a.Least, b.Least), Math.Min(a.Most, b.Most));

    public static Bounds Max(Bounds a, Bounds b) => new(Math.Max(a.Least, b.Least), Math.Max(a.Most, b.Most));

    /// <summary>Of one or the other.</summary>
    public static Bounds Either(Bounds a, Bounds b) => new(Math.Min(a.Least, b.Least), Math.Max(a.Most, b.Most));

    private static Bounds Around(long a, long b, long c, long d) =>
        new(Math.Min(Math.Min(a, b), Math.Min(c, d)), Math.Max(Math.Max(a, b), Math.Max(c, d)));

    private static long Plus(long a, long b)
    {
        long sum = unchecked(a + b);
        return ((a ^ sum) & (b ^ sum)) < 0 ? End(a) : sum;
    }

    private static long Times(long a, long b)
    {
        long product = unchecked(a * b);
        return Math.Abs((double)a * b) > long.MaxValue / 2 ? End((a < 0) == (b < 0) ? 1 : -1) : product;
    }

    // One off the least, so that its negative is a number too.
    private static long End(long sign) => sign < 0 ? -long.MaxValue : long.MaxValue;
}
