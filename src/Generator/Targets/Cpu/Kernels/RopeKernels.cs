using System.Collections.Immutable;
using System.Globalization;
using MicroGpt.Generator.Ops;
using MicroGpt.Generator.Targets.Cpu.Layout;

namespace MicroGpt.Generator.Targets.Cpu.Kernels;

/// <summary>Cosine and sine of position · θ^(-2i / d) for every row and pair i, computed in double, once for each position.</summary>
internal sealed record RopeAnglesKernel(double Theta, int Size, HeadLayout Layout) : KernelSpec
{
    public override string Name =>
        $"RopeAngles_{Size}_{Theta.ToString("R", CultureInfo.InvariantCulture).Replace('.', 'p').Replace('-', 'm').Replace("+", "")}";

    public override string Summary =>
        $"angles[t] = cosines, then sines of positions[t] {Theta.ToString("R", CultureInfo.InvariantCulture)}^(-2i / {Size}) for i < {Size / 2}";

    public override ImmutableArray<KernelParameter> Parameters =>
        [Indices("positions"), Out("angles"), Panel, Rows, Part];

    protected override Block Body(VectorSet v)
    {
        var body = new Block();
        var number = v.ElementBytes == 4 ? "(float)" : "";
        body.Comment("Rows first to first + known hold the angles of all positions so far; start is the first row of the segment.");
        body.LetInteger("start", "-1");
        body.LetInteger("first", "0");
        body.LetInteger("known", "0");
        body.ForPart("t", "rows", row =>
        {
            row.LetInteger("position", "positions[t]");
            row.If("position == 0", then => then.Assign("start", "t"));
            row.If("position < known && first + position != t", then =>
            {
                then.LetInteger("row", "first + position");
                for (var column = 0; column < Layout.Width; column += v.Lanes)
                {
                    string Place(string t) => Index.Plus(
                        Index.Plus("angles", column < v.PanelWidth ? "0" : Index.Times("panel", column / v.PanelWidth)),
                        Index.Plus($"{t} * {v.PanelWidth}", column % v.PanelWidth));
                    then.Store(Place("t"), Expr.Load(Place("row")));
                }
            });
            row.If("position >= known", then =>
            {
                then.Add(new LetDouble("angle", "0"));
                for (var pair = 0; pair < Size / 2; pair++)
                {
                    var frequency = RopeAngles.Frequency(Theta, pair, Size).ToString("R", CultureInfo.InvariantCulture);
                    var each = pair;
                    then.Together(line =>
                    {
                        line.Assign("angle", $"position * {frequency}");
                        line.StoreElement(RotationPlaces.Angle(Layout, v, 0, each), "0", $"{number}Math.Cos(angle)");
                        line.StoreElement(RotationPlaces.Angle(Layout, v, 1, each), "0", $"{number}Math.Sin(angle)");
                    });
                }

                then.If("start >= 0", longest =>
                {
                    longest.Assign("first", "start");
                    longest.Assign("known", "position + 1");
                });
            });
        });
        return Finished(body);
    }
}

/// <summary>Pairs of channels of every head turned, or turned back, by the angles of the row.</summary>
internal sealed record RopeTurnKernel(HeadLayout Layout, HeadLayout Angles, bool Interleaved, bool Back) : KernelSpec
{
    public override string Name =>
        $"Rope{(Back ? "Back" : "")}_{Layout.Heads}x{Layout.Size}{(Interleaved ? "_interleaved" : "")}";

    public override string Summary
    {
        get
        {
            var (a, b) = Interleaved ? ("x[2i]", "x[2i + 1]") : ("x[i]", $"x[i + {Layout.Size / 2}]");
            return $"in each of {Layout.Heads} heads of {Layout.Size}: {a} cos {(Back ? "+" : "-")} {b} sin, {b} cos {(Back ? "-" : "+")} {a} sin";
        }
    }

    public override ImmutableArray<KernelParameter> Parameters => [In("x"), In("angles"), Out("y"), Panel, Rows, Part];

    protected override Block Body(VectorSet v)
    {
        var body = new Block();
        var half = Layout.Size / 2;
        var inVectors = !Interleaved && half % v.Lanes == 0;

        // A panel with the heads in it, or a head with its panels.
        var perHead = Math.Max(1, Layout.Padded / v.PanelWidth);
        var perPanel = Math.Max(1, v.PanelWidth / Layout.Padded);
        string Place(string tensor, string group, int head, int channel)
        {
            var column = (head * Layout.Padded) + channel;
            var panels = Index.Plus(Index.Times(group, perHead), column / v.PanelWidth);
            return Index.Plus(
                panels == "0" ? tensor : panels == "1" ? $"{tensor} + panel" : $"{tensor} + ({panels}) * panel",
                Index.Plus($"t * {v.PanelWidth}", column % v.PanelWidth));
        }

        body.ForPart("t", "rows", row => row.ForPanels("g", Layout.Width / v.PanelWidth / perHead, (b, g) =>
        {
            for (var pair = 0; pair < half; pair += inVectors ? v.Lanes : 1)
            {
                var (first, second) = RopeTurn.Channels(Interleaved, pair, Layout.Size);
                Expr Read(string address) => inVectors ? Expr.Load(address) : Expr.At(address, "0");
                b.Let($"cos{pair}", Read(RotationPlaces.Angle(Angles, v, 0, pair)));
                b.Let($"sin{pair}", Read(RotationPlaces.Angle(Angles, v, 1, pair)));
                for (var head = 0; head < perPanel; head++)
                {
                    string a = $"a{head}_{pair}", c = $"b{head}_{pair}", cos = $"cos{pair}", sin = $"sin{pair}";
                    var h = head;
                    b.Together(line =>
                    {
                        line.Let(a, Read(Place("x", g, h, first)));
                        line.Let(c, Read(Place("x", g, h, second)));
                        Expr along = (Expr)a * cos, across = (Expr)c * sin, alongOther = (Expr)c * cos, acrossOther = (Expr)a * sin;
                        Write(line, Place("y", g, h, first), Back ? along + across : along - across);
                        Write(line, Place("y", g, h, second), Back ? alongOther - acrossOther : alongOther + acrossOther);
                    });
                }
            }

            // What fills a head up is 0, whatever lay in that memory before: whoever reads the head reads all of it.
            for (var head = 0; head < perPanel; head++)
            {
                for (var channel = Layout.Size; channel < Layout.Padded; channel++)
                {
                    b.StoreElement(Place("y", g, head, channel), "0", "0");
                }
            }
        }));
        return Finished(body);

        void Write(Block line, string address, Expr value)
        {
            if (inVectors)
            {
                line.Store(address, value);
            }
            else
            {
                line.StoreElement(address, "0", value);
            }
        }
    }
}

/// <summary>Where angles lie.</summary>
internal static class RotationPlaces
{
    /// <summary>The address of a cosine (0) or sine (1) of row t.</summary>
    public static string Angle(HeadLayout layout, VectorSet v, int which, int pair)
    {
        var column = (which * layout.Padded) + pair;
        var panel = column / v.PanelWidth;
        return Index.Plus(
            panel == 0 ? "angles" : "angles + " + Index.Times("panel", panel), Index.Plus($"t * {v.PanelWidth}", column % v.PanelWidth));
    }
}
