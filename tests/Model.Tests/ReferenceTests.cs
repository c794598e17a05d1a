using MicroGpt.Reference;

namespace MicroGpt.Model.Tests;

/// <summary>The reference is what compiled models are measured by, so it is checked against mathematics.</summary>
public class ReferenceTests
{
    public static TheoryData<string, IReferenceNetwork, int[]> TinyNetworks => new()
    {
        { "one head", new ReferenceGpt(vocabSize: 5, blockSize: 4, nEmbd: 4, nHead: 1, nLayer: 1), [4] },
        { "head dimension 1", new ReferenceGpt(vocabSize: 5, blockSize: 4, nEmbd: 3, nHead: 3, nLayer: 1), [3] },
        { "block size 1", new ReferenceGpt(vocabSize: 3, blockSize: 1, nEmbd: 4, nHead: 2, nLayer: 1), [1] },
        { "prime width", new ReferenceGpt(vocabSize: 5, blockSize: 3, nEmbd: 7, nHead: 1, nLayer: 1), [3] },
        { "two layers", new ReferenceGpt(vocabSize: 4, blockSize: 4, nEmbd: 4, nHead: 2, nLayer: 2), [4] },
        { "head last", new ReferenceGpt(vocabSize: 4, blockSize: 4, nEmbd: 4, nHead: 2, nLayer: 2, ParameterOrder.HeadLast), [3] },
        { "three documents", new ReferenceGpt(vocabSize: 5, blockSize: 4, nEmbd: 4, nHead: 2, nLayer: 1), [2, 4, 1] },
        { "MLP", new ReferenceMlp(vocabSize: 5, nEmbd: 3), [6, 2] },
    };

    [Theory]
    [MemberData(nameof(TinyNetworks))]
    public void Gradient_agrees_with_central_differences(string shape, IReferenceNetwork network, int[] lengths)
    {
        const double Step = 1e-5;
        (ReferenceModel model, Packed packed) = Prepare(network, lengths);
        double[] parameters = Parameters(model);
        double[] gradient = new double[parameters.Length];
        double loss = model.Gradient(packed.Batch, gradient);

        Assert.Equal(model.Loss(packed.Batch), loss);
        for (int i = 0; i < parameters.Length; i++)
        {
            double Shifted(double shift)
            {
                double[] shifted = [.. parameters];
                shifted[i] += shift;
                model.LoadParameters(shifted);
                return model.Loss(packed.Batch);
            }

            double expected = (Shifted(Step) - Shifted(-Step)) / (2 * Step);
            Assert.True(Math.Abs(expected - gradient[i]) < 1e-8, $"{shape}: element {i} is {gradient[i]:R}, expected {expected:R}.");
        }
    }

    [Theory]
    [MemberData(nameof(TinyNetworks))]
    public void Loss_follows_from_the_logits(string shape, IReferenceNetwork network, int[] lengths)
    {
        (ReferenceModel model, Packed packed) = Prepare(network, lengths);
        double sum = 0;
        for (int segment = 0; segment < lengths.Length; segment++)
        {
            Packed document = packed.Segment(segment);
            double[][] logits = model.Logits(document.Tokens);
            sum += document.Targets.Select((target, row) => Math.Log(logits[row].Sum(Math.Exp)) - logits[row][target]).Sum();
        }

        Assert.True(Math.Abs((sum / packed.Rows) - model.Loss(packed.Batch)) < 1e-14, shape);
    }

    [Fact]
    public void Decoding_continues_where_it_stopped_even_when_a_loss_is_taken_in_between()
    {
        (ReferenceModel model, Packed packed) = Prepare(new ReferenceGpt(5, 4, 6, 2, 2), [4]);
        double[][] expected = model.Logits(packed.Tokens);
        double[] logits = new double[5];
        for (int position = 0; position < 4; position++)
        {
            model.Decode(packed.Tokens[position], position, logits);
            model.Loss(packed.Batch);
            Assert.Equal(expected[position], logits);
        }
    }

    [Fact]
    public void Attention_weights_look_back_only_and_sum_to_one()
    {
        (ReferenceModel model, Packed packed) = Prepare(new ReferenceGpt(5, 4, 6, 3, 2), [4]);
        double[][][][] weights = model.AttentionWeights(packed.Tokens);

        Assert.Equal(2, weights.Length);
        foreach (double[][] head in weights.SelectMany(layer => layer))
        {
            Assert.Equal([1, 2, 3, 4], head.Select(query => query.Length));
            Assert.All(head, query => Assert.Equal(1, query.Sum(), 14));
        }
    }

    [Fact]
    public void A_later_token_does_not_change_an_earlier_prediction()
    {
        (ReferenceModel model, _) = Prepare(new ReferenceGpt(5, 4, 6, 3, 2), [4]);
        double[][] one = model.Logits([0, 1, 2, 3]);
        double[][] other = model.Logits([0, 1, 4, 3]);

        Assert.Equal(one[..2], other[..2]);
        Assert.NotEqual(one[2], other[2]);
        Assert.NotEqual(one[3], other[3]);
    }

    [Fact]
    public void Parameters_have_the_names_the_order_and_the_number_of_the_course()
    {
        string[] layer = ["attn_wq", "attn_wk", "attn_wv", "attn_wo", "mlp_fc1", "mlp_fc2"];
        ModelDescription step3 = new ReferenceGpt(27, 16, 16, 1, 1, ParameterOrder.HeadLast).Description;
        ModelDescription step4 = new ReferenceGpt(27, 16, 16, 4, 1).Description;
        ModelDescription twoLayers = new ReferenceGpt(27, 16, 16, 4, 2, ParameterOrder.HeadLast).Description;

        Assert.Equal(["wte", "wpe", .. layer, "lm_head"], step3.Parameters.Select(p => p.Name));
        Assert.Equal(["wte", "wpe", "lm_head", .. layer.Select(name => "layer0." + name)], step4.Parameters.Select(p => p.Name));
        Assert.Equal("layer1.mlp_fc2", twoLayers.Parameters[^2].Name);
        Assert.Equal(4192, step3.ParameterCount);
        Assert.Equal(4192, step4.ParameterCount);
        Assert.Equal(3184, new ReferenceMlp(27, 16).Description.ParameterCount);
    }

    [Fact]
    public void Sgd_steps_against_the_gradient()
    {
        (ReferenceModel model, Packed packed) = Prepare(new ReferenceMlp(5, 3), [6]);
        double[] before = Parameters(model);
        double[] gradient = new double[before.Length];
        double loss = model.Gradient(packed.Batch, gradient);

        Assert.Equal(loss, model.TrainStep(packed.Batch, 0.5));
        Assert.Equal(before.Zip(gradient, (w, g) => w - (0.5 * g)), Parameters(model));
        Assert.True(model.Loss(packed.Batch) < loss);
    }

    /// <summary>
    /// With gradients 2, then -1: m = 0.3, then 0.105; v = 0.04, then 0.0496; corrected m = 2, then 0.105 / 0.2775; corrected
    /// v = 4, then 0.0496 / 0.0199. The first step is nearly the learning rate, whatever the gradient's size.
    /// </summary>
    [Fact]
    public void Adam_takes_the_steps_computed_by_hand()
    {
        var adam = new ReferenceAdam(1);
        double[] parameter = [1];

        adam.Update(parameter, [2], 0.1);
        Assert.Equal(1 - (0.1 * 2 / (2 + 1e-8)), parameter[0], 15);

        double second = 0.05 * (0.105 / 0.2775) / (Math.Sqrt(0.0496 / 0.0199) + 1e-8);
        double before = parameter[0];
        adam.Update(parameter, [-1], 0.05);
        Assert.Equal(before - second, parameter[0], 15);

        adam.Reset();
        parameter[0] = 1;
        adam.Update(parameter, [-3], 0.1);
        Assert.Equal(1.1, parameter[0], 8);
    }

    [Fact]
    public void Counting_gives_a_distribution_that_moves_with_what_it_saw()
    {
        var model = new CountingModel(4);
        var packed = new Packed([3, 0, 1, 0], [0, 1, 0, 1], [0, 4]);
        Assert.Equal(Math.Log(4), model.TrainStep(packed.Batch), 15);

        for (int token = 0; token < 4; token++)
        {
            Assert.Equal(1, Enumerable.Range(0, 4).Sum(next => model.Probability(token, next)), 15);
        }

        Assert.Equal(3.0 / 6, model.Probability(0, 1), 15);
        Assert.Equal(2.0 / 5, model.Probability(3, 0), 15);
        Assert.Equal(1.0 / 4, model.Probability(2, 2), 15);
        Assert.Equal(-Math.Log(0.4 * 0.5 * 0.4 * 0.5) / 4, model.Loss(packed.Batch), 15);
    }

    [Theory]
    [InlineData("token 5", new[] { 0, 5 }, new[] { 0, 0 }, new[] { 0, 2 })]
    [InlineData("token -1", new[] { 0, 0 }, new[] { -1, 0 }, new[] { 0, 2 })]
    [InlineData("3 rows", new[] { 0, 0, 0 }, new[] { 0, 0, 0 }, new[] { 0, 3 })]
    [InlineData("0 rows", new[] { 0, 0 }, new[] { 0, 0 }, new[] { 0, 0, 2 })]
    [InlineData("empty", new int[0], new int[0], new[] { 0 })]
    [InlineData("fit together", new[] { 0, 0 }, new[] { 0 }, new[] { 0, 2 })]
    public void A_batch_that_makes_no_sense_is_refused(string reason, int[] tokens, int[] targets, int[] starts)
    {
        using ICompiledModel model = ReferenceModel.Entry(new ReferenceGpt(5, 2, 4, 2, 1), Optimizer.Adam).Create(0);
        var error = Assert.Throws<ArgumentException>(() => model.Loss(new Batch(tokens, targets, starts)));
        Assert.Contains(reason, error.Message);
    }

    private static (ReferenceModel Model, Packed Packed) Prepare(IReferenceNetwork network, int[] lengths)
    {
        var random = new Random(1);
        var model = new ReferenceModel(network);
        model.LoadParameters(RandomData.Parameters(random, model.Description.ParameterCount, 0.4));
        return (model, RandomData.Documents(random, model.Description.VocabSize, lengths));
    }

    private static double[] Parameters(ReferenceModel model)
    {
        double[] parameters = new double[model.Description.ParameterCount];
        model.CopyParametersTo(parameters);
        return parameters;
    }
}
