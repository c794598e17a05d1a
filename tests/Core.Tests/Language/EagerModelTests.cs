namespace MicroGpt.Core.Tests.Language;

public class EagerModelTests
{
    private static EagerModel Model() => Probe.Model(3, 3, (p, t) => p.A[t]);

    [Fact]
    public void Parameters_cross_in_canonical_form()
    {
        EagerModel model = Model();
        double[] given = Differences.Numbers(new Random(1), model.ParameterCount, 1), back = new double[given.Length];
        Assert.Throws<InvalidOperationException>(() => model.CopyParametersTo(back));
        Assert.Throws<InvalidOperationException>(() => model.Loss(new Batch([1], [1], [0, 1])));
        model.LoadParameters(given);
        model.CopyParametersTo(back);
        Assert.Equal(given, back);
        Assert.Throws<ArgumentException>(() => model.LoadParameters(new double[3]));
        Assert.Throws<ArgumentException>(() => model.CopyParametersTo(new double[3]));
        Assert.Throws<ArgumentException>(() => model.Gradient(new Batch([1], [1], [0, 1]), new double[3]));
    }

    [Fact]
    public void Batches_are_checked_as_a_compiled_model_checks_them()
    {
        EagerModel model = Model();
        model.LoadParameters(new double[model.ParameterCount]);
        Assert.Throws<ArgumentException>(() => model.Loss(new Batch([], [], [0])));
        Assert.Throws<ArgumentException>(() => model.Loss(new Batch([7], [1], [0, 1])));
        Assert.Throws<ArgumentException>(() => model.Loss(new Batch(new int[9], new int[9], [0, 9])));
    }

    [Fact]
    public void Gradients_do_not_add_up_from_call_to_call()
    {
        EagerModel model = Model();
        model.LoadParameters(Differences.Numbers(new Random(2), model.ParameterCount, 1));
        double[] first = new double[model.ParameterCount], second = new double[first.Length];
        model.Gradient(new Batch([1, 2], [2, 3], [0, 2]), first);
        model.Gradient(new Batch([1, 2], [2, 3], [0, 2]), second);
        Assert.Equal(first, second);
    }

    [Fact]
    public void Equal_logits_lose_the_logarithm_of_the_vocabulary()
    {
        EagerModel model = Model();
        model.LoadParameters(new double[model.ParameterCount]);
        Assert.Equal(Math.Log(Probe.Vocabulary), model.Loss(new Batch([1, 2], [2, 3], [0, 2])), 15);
    }
}
