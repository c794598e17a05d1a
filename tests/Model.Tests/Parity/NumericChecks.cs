using MicroGpt.Reference;
using static MicroGpt.Model.Tests.Parity.Closeness;

namespace MicroGpt.Model.Tests.Parity;

/// <summary>What a compiled model computes, against the reference.</summary>
internal static class NumericChecks
{
    public static void Description_is_that_of_the_reference(ModelEntry entry)
    {
        ModelDescription actual = entry.Description;
        ModelDescription expected = ParityCheck.Reference(entry).Description;
        Assert.Equal(expected.Parameters, actual.Parameters);
        Assert.Equal(expected.FlopsPerRow, actual.FlopsPerRow);
        Assert.Equal(expected.FlopsPerPair, actual.FlopsPerPair);
        Assert.Equal(expected.Architecture, actual.Architecture);
        GraphChecks.Forward_graph_ends_in_the_logits(actual);
        GraphChecks.Training_graph_reads_and_updates_every_parameter(actual);

        using ICompiledModel model = entry.Create(0);
        Assert.Same(actual, model.Description);
        Assert.True(model.RowCapacity >= (actual.BlockSize ?? 1));
    }

    public static void Loss_and_gradient_agree(ModelEntry entry)
    {
        Closeness closeness = For(entry.Description.Precision);
        int longest = ParityCheck.Longest(entry.Description);
        int middle = (longest + 1) / 2;
        int[][] shapes = [[1], [longest], [middle, longest, 1], [1, 1, 1, 1, 1], [middle, middle]];
        (_, IReference reference, Random random) = ParityCheck.Pair(entry);
        foreach (int[] lengths in shapes)
        {
            // Just enough room, so that a row too many would lie outside.
            using ICompiledModel compiled = entry.Create(lengths.Sum());
            compiled.LoadParameters(ParityCheck.Parameters(reference));
            Packed packed = RandomData.Documents(random, entry.Description.VocabSize, lengths);
            double[] expected = new double[entry.Description.ParameterCount];
            double[] actual = new double[expected.Length];
            double expectedLoss = reference.Gradient(packed.Batch, expected);
            double actualLoss = compiled.Gradient(packed.Batch, actual);
            string what = $"documents of {string.Join(", ", lengths)}";
            AssertClose(expectedLoss, actualLoss, closeness.Loss, $"loss of {what}");
            AssertClose(expectedLoss, compiled.Loss(packed.Batch), closeness.Loss, $"loss alone of {what}");
            foreach (ParameterInfo parameter in entry.Description.Parameters)
            {
                // All matrices on one scale: a query's gradient may well be zero but for rounding.
                AssertClose(
                    [.. expected.AsSpan(parameter.Offset, parameter.Count), expected.Max(Math.Abs)],
                    [.. actual.AsSpan(parameter.Offset, parameter.Count), expected.Max(Math.Abs)],
                    closeness.Gradient,
                    $"gradient of {parameter.Name}, {what}");
            }
        }
    }

    /// <summary>Single documents and batches of three in turn, with a falling learning rate.</summary>
    /// <remarks>
    /// The learning rate is low enough for rounding errors not to grow: at 0.1 the reference itself, its parameters changed by one unit in
    /// the last place, is off by 2e-11 after 30 steps of <see cref="ThreeLayers"/>; at 0.05 no shape is off by more than 1e-14.
    /// </remarks>
    public static void Training_agrees(ModelEntry entry)
    {
        ModelDescription description = entry.Description;
        Closeness closeness = For(description.Precision);
        int steps = description.ParameterCount < 2500 ? 200 : 60;
        int longest = Math.Min(8, ParityCheck.Longest(description));
        double learningRate = description.Optimizer == Optimizer.Sgd ? 0.05 : 0.01;
        (ICompiledModel compiled, IReference reference, Random random) = ParityCheck.Pair(entry, (3 * longest) + 5);
        for (int step = 0; step < steps; step++)
        {
            int[] lengths = Enumerable.Range(0, step % 4 == 3 ? 3 : 1).Select(_ => random.Next(1, longest + 1)).ToArray();
            Packed packed = RandomData.Documents(random, description.VocabSize, lengths);
            double rate = learningRate * (1 - ((double)step / steps));
            AssertClose(
                reference.TrainStep(packed.Batch, rate),
                compiled.TrainStep(packed.Batch, rate),
                closeness.TrainedLoss,
                $"loss of step {step + 1}");
        }

        AssertClose(
            ParityCheck.Parameters(reference),
            ParityCheck.Parameters(compiled),
            closeness.TrainedParameters,
            $"parameters after {steps} steps");
        Assert.NotEqual(ParityCheck.Parameters(ParityCheck.Pair(entry).Compiled), ParityCheck.Parameters(compiled));
        compiled.Dispose();
    }

    /// <summary>A step whose rule is chosen at run time, with every rule.</summary>
    /// <remarks>
    /// Adam's ε is larger than the course's: it divides by the gradient's size, and where that is nearly zero (behind RMSNorm of a single
    /// channel, whose output is ±1) it would magnify rounding errors. The course's is checked by the specs with Adam.
    /// </remarks>
    public static void Training_by_a_chosen_rule_agrees(ModelEntry entry)
    {
        Closeness closeness = For(entry.Description.Precision);
        int longest = Math.Min(8, ParityCheck.Longest(entry.Description));
        (UpdateRule Rule, double Rate)[] rules =
        [
            (UpdateRule.Sgd, 0.05),
            (UpdateRule.Sgd with { ClipNorm = 0.1 }, 0.5),
            (UpdateRule.Momentum, 0.01),
            (UpdateRule.Adam with { Epsilon = 1e-4 }, 0.01),
            (UpdateRule.AdamW with { WeightDecay = 0.1, Epsilon = 1e-4, ClipNorm = 0.5 }, 0.01),
        ];
        foreach ((UpdateRule rule, double rate) in rules)
        {
            (ICompiledModel compiled, IReference reference, Random random) = ParityCheck.Pair(entry);
            using var optimizer = new GradientOptimizer(rule);
            for (int step = 0; step < 3; step++)
            {
                Packed packed = RandomData.Documents(random, entry.Description.VocabSize, random.Next(1, longest + 1));
                AssertClose(
                    reference.TrainStep(packed.Batch, rate, optimizer),
                    compiled.TrainStep(packed.Batch, rate, optimizer),
                    closeness.TrainedLoss,
                    $"{rule}: loss of step {step + 1}");
            }

            AssertClose(
                ParityCheck.Parameters(reference), ParityCheck.Parameters(compiled), closeness.TrainedParameters, $"{rule}: parameters");
            compiled.Dispose();
        }
    }

    /// <summary>The reference's weights; where it does not tell them, shares of the positions up to a row's own.</summary>
    public static void Attention_weights_agree(ModelEntry entry)
    {
        ModelDescription description = entry.Description;
        int longest = ParityCheck.Longest(description);
        int[] lengths = [(longest + 1) / 2, longest, 1];
        (ICompiledModel compiled, IReference reference, Random random) = ParityCheck.Pair(entry, lengths.Sum());
        Packed packed = RandomData.Documents(random, description.VocabSize, lengths);
        compiled.Loss(packed.Batch);
        (reference as ReferenceModel)?.Loss(packed.Batch);
        int width = description.BlockSize ?? 0;
        double[] expected = new double[packed.Rows * width];
        double[] actual = new double[expected.Length];
        IReadOnlyList<int> heads = description.HeadsOfLayers;
        Assert.Equal(description.NLayer, heads.Count);
        for (int layer = 0; layer < heads.Count; layer++)
        {
            for (int head = 0; head < heads[layer]; head++)
            {
                Array.Fill(actual, double.NaN);
                compiled.CopyAttentionTo(layer, head, actual);
                string what = $"attention of layer {layer}, head {head}";
                if (reference is ReferenceModel known)
                {
                    known.CopyAttentionTo(layer, head, expected);
                    AssertClose(expected, actual, For(description.Precision).Gradient, what);
                    continue;
                }

                for (int row = 0; row < packed.Rows; row++)
                {
                    ReadOnlySpan<double> weights = actual.AsSpan(row * width, width);
                    int seen = row - packed.Starts.Last(start => start <= row) + 1;
                    AssertClose(1, weights[..seen].ToArray().Sum(), For(description.Precision).Gradient, what);
                    Assert.DoesNotContain(weights[..seen].ToArray(), weight => weight < 0);
                    Assert.DoesNotContain(weights[seen..].ToArray(), weight => weight != 0);
                }
            }
        }

        compiled.Dispose();
    }

    /// <summary>The loss of a batch is the mean over all rows, as if each document had been read alone.</summary>
    public static void Packed_documents_do_not_see_each_other(ModelEntry entry)
    {
        int longest = ParityCheck.Longest(entry.Description);
        int[] lengths = [longest, 1, (longest + 1) / 2, longest];
        (ICompiledModel compiled, _, Random random) = ParityCheck.Pair(entry, lengths.Sum());
        Packed packed = RandomData.Documents(random, entry.Description.VocabSize, lengths);
        double sum = 0;
        for (int segment = 0; segment < lengths.Length; segment++)
        {
            sum += lengths[segment] * compiled.Loss(packed.Segment(segment).Batch);
        }

        AssertClose(sum / packed.Rows, compiled.Loss(packed.Batch), For(entry.Description.Precision).Loss, "loss of four documents");
        compiled.Dispose();
    }

    /// <summary>
    /// Decoded logits are those of the reference, and give the losses of the model's own forward pass: with every token in turn as each
    /// row's target, the losses together determine the logits.
    /// </summary>
    public static void Decoding_agrees_with_forward(ModelEntry entry)
    {
        Closeness closeness = For(entry.Description.Precision);
        int vocabSize = entry.Description.VocabSize;
        (ICompiledModel compiled, IReference reference, Random random) = ParityCheck.Pair(entry);
        for (int document = 0; document < 2; document++)
        {
            Packed packed = RandomData.Documents(random, vocabSize, ParityCheck.Longest(entry.Description));
            using ICompiledModel forward = entry.Create(packed.Rows);
            forward.LoadParameters(ParityCheck.Parameters(compiled));
            double[][] expected = reference.Logits(packed.Tokens);
            double[][] actual = new double[packed.Rows][];
            for (int position = 0; position < packed.Rows; position++)
            {
                actual[position] = new double[vocabSize];
                compiled.Decode(packed.Tokens[position], position, actual[position]);
                AssertClose(expected[position], actual[position], closeness.Gradient, $"logits of position {position}");
            }

            double[] logSums = [.. actual.Select(logits => logits.Max() + Math.Log(logits.Sum(x => Math.Exp(x - logits.Max()))))];
            for (int shift = 0; shift < vocabSize; shift++)
            {
                int[] targets = [.. Enumerable.Range(0, packed.Rows).Select(row => (row + shift) % vocabSize)];
                AssertClose(
                    targets.Select((target, row) => logSums[row] - actual[row][target]).Average(),
                    forward.Loss(new Batch(packed.Tokens, targets, packed.Starts)),
                    closeness.Loss,
                    $"loss of the decoded logits with targets shifted by {shift}");
            }
        }

        compiled.Dispose();
    }

    /// <summary>
    /// After any part of a document was given at once, decoding goes on as if it had come position by position: in the model itself, on two
    /// threads, and in a session.
    /// </summary>
    public static void Prefilling_agrees_with_decoding(ModelEntry entry)
    {
        Closeness closeness = For(entry.Description.Precision);
        int vocabSize = entry.Description.VocabSize;
        (ICompiledModel compiled, _, Random random) = ParityCheck.Pair(entry);
        using IModelSession session = compiled.OpenSession();
        Packed packed = RandomData.Documents(random, vocabSize, ParityCheck.Longest(entry.Description));
        double[][] expected = [.. Enumerable.Range(0, packed.Rows).Select(_ => new double[vocabSize])];
        for (int position = 0; position < packed.Rows; position++)
        {
            compiled.Decode(packed.Tokens[position], position, expected[position]);
        }

        double[] actual = new double[vocabSize];
        foreach (int prompt in new[] { 1, packed.Rows / 2, packed.Rows - 1 }.Where(prompt => prompt > 0).Distinct())
        {
            foreach ((IModelSession model, int threads) in new[] { (compiled, 1), (compiled, 2), (session, 1) })
            {
                compiled.Threads = threads;
                model.Prefill(packed.Tokens.AsSpan(0, prompt));
                for (int position = prompt; position < packed.Rows; position++)
                {
                    model.Decode(packed.Tokens[position], position, actual);
                    AssertClose(
                        expected[position], actual, closeness.Gradient, $"logits of position {position} after a prompt of {prompt}");
                }
            }
        }

        compiled.Dispose();
    }

    /// <summary>A model that is sure of the wrong token: the probability of the target is far below the smallest float.</summary>
    public static void Unlikely_targets_have_a_finite_loss(ModelEntry entry)
    {
        Closeness closeness = For(entry.Description.Precision);
        (ICompiledModel compiled, IReference reference, Random random) = ParityCheck.Pair(entry);
        double[] parameters = ParityCheck.Parameters(compiled);
        string[] last = entry.Description.Architecture == "MLP" ? ["mlp_fc2"] : ["lm_head", "ln_f.gain", "ln_f.bias"];
        ParameterInfo[] head = [.. entry.Description.Parameters.Where(parameter => last.Contains(parameter.Name))];
        Assert.NotEmpty(head);
        Packed packed = RandomData.Documents(random, entry.Description.VocabSize, ParityCheck.Longest(entry.Description));

        // Logits are proportional to these (but for a soft cap): scaled so that the least likely token is 300 nats behind the most likely
        // one.
        double widest = 0;
        foreach (double[] logits in reference.Logits(packed.Tokens))
        {
            widest = Math.Max(widest, logits.Max() - logits.Min());
        }

        foreach (ParameterInfo parameter in head)
        {
            foreach (ref double weight in parameters.AsSpan(parameter.Offset, parameter.Count))
            {
                weight *= 300 / widest;
                weight = entry.Description.Precision == Precision.Single ? (float)weight : weight;
            }
        }

        compiled.LoadParameters(parameters);
        reference.LoadParameters(parameters);
        int[] targets = [.. reference.Logits(packed.Tokens).Select(logits => Array.IndexOf(logits, logits.Min()))];
        var batch = new Batch(packed.Tokens, targets, packed.Starts);
        double[] expected = new double[parameters.Length];
        double[] actual = new double[parameters.Length];
        AssertClose(reference.Gradient(batch, expected), compiled.Gradient(batch, actual), closeness.Extreme, "loss");
        AssertClose(expected, actual, closeness.Extreme, "gradient");
        compiled.Dispose();
    }
}
