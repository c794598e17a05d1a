using System.Globalization;

namespace MicroGpt.Browser.Tests;

/// <summary>A colour in linear light, and how it is told from others.</summary>
internal readonly record struct Colour(double R, double G, double B)
{
    // Severity 1.0 in Machado, Oliveira and Fernandes, "A Physiologically-based Model for Simulation of Color Vision
    // Deficiency" (2009).
    private static readonly double[][] Deficiencies =
    [
        [1, 0, 0, 0, 1, 0, 0, 0, 1],
        [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
        [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.011820, 0.042940, 0.968881],
        [1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.303900],
    ];

    /// <summary>Reads <c>#rrggbb</c>.</summary>
    public static Colour Parse(string hex)
    {
        double Channel(int at) => Linear(int.Parse(hex.AsSpan(at, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture) / 255.0);
        return new Colour(Channel(1), Channel(3), Channel(5));
    }

    /// <summary>Contrast as in WCAG 2: 1 to 21.</summary>
    public static double Contrast(Colour a, Colour b)
    {
        double high = Math.Max(a.Luminance, b.Luminance), low = Math.Min(a.Luminance, b.Luminance);
        return (high + 0.05) / (low + 0.05);
    }

    /// <summary>The smallest distance in OKLab (Ottosson, 2020) over normal vision and three kinds of colour blindness.</summary>
    public static double Distance(Colour a, Colour b) => Deficiencies.Min(m =>
    {
        var (l1, a1, b1) = a.SeenWith(m).Lab;
        var (l2, a2, b2) = b.SeenWith(m).Lab;
        return Math.Sqrt((l1 - l2) * (l1 - l2) + (a1 - a2) * (a1 - a2) + (b1 - b2) * (b1 - b2));
    });

    private double Luminance => 0.2126 * R + 0.7152 * G + 0.0722 * B;

    private (double L, double A, double B) Lab
    {
        get
        {
            double l = Math.Cbrt(0.4122214708 * R + 0.5363325363 * G + 0.0514459929 * B);
            double m = Math.Cbrt(0.2119034982 * R + 0.6806995451 * G + 0.1073969566 * B);
            double s = Math.Cbrt(0.0883024619 * R + 0.2817188376 * G + 0.6299787005 * B);
            return (0.2104542553 * l + 0.7936177850 * m - 0.0040720468 * s,
                1.9779984951 * l - 2.4285922050 * m + 0.4505937099 * s,
                0.0259040371 * l + 0.7827717662 * m - 0.8086757660 * s);
        }
    }

    private Colour SeenWith(double[] m) => new(
        Math.Max(0, m[0] * R + m[1] * G + m[2] * B),
        Math.Max(0, m[3] * R + m[4] * G + m[5] * B),
        Math.Max(0, m[6] * R + m[7] * G + m[8] * B));

    private static double Linear(double value) => value <= 0.04045 ? value / 12.92 : Math.Pow((value + 0.055) / 1.055, 2.4);
}
