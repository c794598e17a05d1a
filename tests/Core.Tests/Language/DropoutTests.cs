using MicroGpt.Numerics;

namespace MicroGpt.Core.Tests.Language;

public class DropoutTests
{
    private const double Rate = 0.3;
    private static readonly DropoutDraw s_draw = new(0x1234_5678_9abc, Step: 17, FirstRow: 5);

    private sealed class Twice
    {
        private readonly Parameter x = Matrix(3, 6);

        public Tensor Forward(Tokens tokens)
        {
            Tensor y = Dropout(x[tokens], Rate);
            Seen = [y, Dropout(y, Rate)];
            return Seen[1][..3];
        }

        public Tensor[] Seen { get; private set; } = [];
    }

    [Fact]
    public void What_is_dropped_follows_from_seed_step_call_row_and_channel()
    {
        Twice? twice = null;
        double[] gradient = Train(new EagerModel(() => (twice = new Twice()).Forward, 3, 0));
        double[] first = twice!.Seen[0].ToArray(), second = twice.Seen[1].ToArray();
        for (int i = 0; i < first.Length; i++)
        {
            bool[] kept = [.. new uint[] { 0, 1 }.Select(site =>
                Philox.Draw(s_draw.Seed, 17, site, (uint)(5 + (i / 6)), (uint)(i % 6 / 4))[i % 6 % 4] >= Rate * Math.Pow(2, 32))];
            Assert.Equal(kept[0] ? 1 / (1 - Rate) : 0, first[i], 12);
            Assert.Equal(kept[0] && kept[1] ? 1 / (1 - Rate) / (1 - Rate) : 0, second[i], 12);
        }

        Assert.Contains(first, x => x == 0);
        Assert.Contains(gradient, x => x != 0);
        Assert.Contains(gradient, x => x == 0);
    }

    [Fact]
    public void Nothing_is_dropped_outside_of_training()
    {
        Twice? twice = null;
        var model = new EagerModel(() => (twice = new Twice()).Forward, 3, 0);
        model.LoadParameters([.. Enumerable.Repeat(1.0, 18)]);
        model.Loss(new Batch([0, 1], [1, 2], [0, 2]));
        Assert.All(twice!.Seen[1].ToArray(), x => Assert.Equal(1, x));
    }

    private static double[] Train(EagerModel model)
    {
        double[] gradient = new double[model.ParameterCount];
        model.LoadParameters([.. Enumerable.Repeat(1.0, gradient.Length)]);
        model.Gradient(new Batch([0, 1, 2, 0], [1, 2, 0, 1], [0, 4]), gradient, s_draw);
        return gradient;
    }
}
