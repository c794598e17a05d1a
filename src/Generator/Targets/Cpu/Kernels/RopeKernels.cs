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
        "angles[t] = cosines, "
            + $"then sines of positions[t] {Theta.ToString("R", CultureInfo.InvariantCulture)}^(-2i / {Size}) for i < {Size / 2}";

    public override ImmutableArray<KernelParameter> Parameters =>
        [Indices("positions"), Out("angles"), Panel, Rows, Part];

    protected override Block Body(VectorSet v)
    {
        var body = new Block();
        body.Comment("Rows first to first + known hold the angles of all positions so far; start is the first row of the segment.");
        var start = body.LetInteger("start", ((Integer)(-1)).Within(-1, Limits.MostRows));
        var first = body.LetInteger("first", ((Integer)0).UpTo(Limits.MostRows));
        var known = body.LetInteger("known", ((Integer)0).UpTo(Limits.MostPosition + 1L));
        body.ForPart("t", Given.Rows, (row, t) =>
        {
            var position = row.LetInteger("position", Integer.At(new Pointer("positions"), t, Limits.MostPosition));
            row.If(position.Is(0), then => then.Assign(start, t));

            // A position that is known has a row.
            var source = (first + position).UpTo(Limits.MostRows);
            row.If((position < known) & source.IsNot(t), then => CopyRow(then, v, then.LetInteger("row", source), t));
            row.If(position >= known, then =>
            {
                Compute(then, v, position, t);
                then.If(start >= 0, longest =>
                {
                    longest.Assign(first, start);
                    longest.Assign(known, position + 1);
                });
            });
        });
        return Finished(body);
    }

    private void CopyRow(Block b, VectorSet v, Integer from, Integer to)
    {
        for (int column = 0; column < Layout.Width; column += v.Lanes)
        {
            b.Store(RotationPlaces.Column(v, to, column), Expr.Load(RotationPlaces.Column(v, from, column)));
        }
    }

    private void Compute(Block b, VectorSet v, NamedInteger position, Integer t)
    {
        var angle = b.LetDouble("angle", new DoubleNumber(0));
        for (int pair = 0; pair < Size / 2; pair++)
        {
            int each = pair;
            b.Together(line =>
            {
                line.Assign(angle, Expr.Of(position) * new DoubleNumber(RopeAngles.Frequency(Theta, each, Size)));
                line.StoreElement(RotationPlaces.Angle(Layout, v, t, 0, each), 0, new Call(Function.Cosine, [angle]));
                line.StoreElement(RotationPlaces.Angle(Layout, v, t, 1, each), 0, new Call(Function.Sine, [angle]));
            });
        }
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
            return "in each "
                + $"of {Layout.Heads} heads of {Layout.Size}: {a} cos {(Back ? "+" : "-")} {b} sin, {b} cos {(Back ? "-" : "+")} {a} sin";
        }
    }

    public override ImmutableArray<KernelParameter> Parameters => [In("x"), In("angles"), Out("y"), Panel, Rows, Part];

    protected override Block Body(VectorSet v)
    {
        var body = new Block();
        int half = Layout.Size / 2;
        bool inVectors = !Interleaved && half % v.Lanes == 0;

        // A panel with the heads in it, or a head with its panels.
        int perHead = Math.Max(1, Layout.Padded / v.PanelWidth);
        int perPanel = Math.Max(1, v.PanelWidth / Layout.Padded);
        body.ForPart("t", Given.Rows, (row, t) => row.ForPanels("g", Layout.Width / v.PanelWidth / perHead, (b, g) =>
        {
            Address Place(string tensor, int head, int channel)
            {
                int column = (head * Layout.Padded) + channel;
                return new Pointer(tensor) + (((g * perHead) + (column / v.PanelWidth)) * Given.Panel)
                    + (t * v.PanelWidth) + (column % v.PanelWidth);
            }

            for (int pair = 0; pair < half; pair += inVectors ? v.Lanes : 1)
            {
                var (first, second) = RopeTurn.Channels(Interleaved, pair, Layout.Size);
                Expr Read(Address address) => inVectors ? Expr.Load(address) : Expr.At(address, 0);
                var cos = b.Let(new Names("cos")[pair], Read(RotationPlaces.Angle(Angles, v, t, 0, pair)));
                var sin = b.Let(new Names("sin")[pair], Read(RotationPlaces.Angle(Angles, v, t, 1, pair)));
                for (int head = 0; head < perPanel; head++)
                {
                    var (h, name) = (head, pair);
                    b.Together(line =>
                    {
                        var one = line.Let(new Names($"a{h}_")[name], Read(Place("x", h, first)));
                        var other = line.Let(new Names($"b{h}_")[name], Read(Place("x", h, second)));
                        Expr along = one * cos, across = other * sin, alongOther = other * cos, acrossOther = one * sin;
                        Write(line, Place("y", h, first), Back ? along + across : along - across);
                        Write(line, Place("y", h, second), Back ? alongOther - acrossOther : alongOther + acrossOther);
                    });
                }
            }

            // What fills a head up is 0, whatever lay in that memory before: whoever reads the head reads all of it.
            for (int head = 0; head < perPanel; head++)
            {
                for (int channel = Layout.Size; channel < Layout.Padded; channel++)
                {
                    b.StoreElement(Place("y", head, channel), 0, new Number(0));
                }
            }
        }));
        return Finished(body);

        void Write(Block line, Address address, Expr value)
        {
            if (inVectors)
            {
                line.Store(address, value);
            }
            else
            {
                line.StoreElement(address, 0, value);
            }
        }
    }
}

/// <summary>Where angles lie.</summary>
internal static class RotationPlaces
{
    /// <summary>The address of a cosine (0) or sine (1) of a row.</summary>
    public static Address Angle(HeadLayout layout, VectorSet v, Integer row, int which, int pair) =>
        Column(v, row, (which * layout.Padded) + pair);

    /// <summary>The address of a column of a row.</summary>
    public static Address Column(VectorSet v, Integer row, int column) =>
        new Pointer("angles") + (Given.Panel * (column / v.PanelWidth)) + (row * v.PanelWidth) + (column % v.PanelWidth);
}
