using MicroGpt.Runner.Randomness;

namespace MicroGpt.Runner.Gradients;

/// <summary>Where a compiled model and its eager twin differ most in one parameter's gradient.</summary>
/// <param name="Parameter">The parameter.</param>
/// <param name="LargestGradient">The largest absolute gradient of the eager model, over all batches.</param>
/// <param name="Error">The largest difference, as a share of the largest gradient of the parameter in its batch.</param>
/// <param name="Batch">The batch that it is from, counted from 1.</param>
/// <param name="Row">Row of the element.</param>
/// <param name="Column">Column of the element.</param>
/// <param name="Compiled">The compiled gradient there.</param>
/// <param name="Eager">The eager gradient there.</param>
public sealed record EagerDifference(
    ParameterInfo Parameter, double LargestGradient, double Error, int Batch, int Row, int Column, double Compiled, double Eager);

/// <summary>What a comparison found.</summary>
/// <param name="Rows">Positions of all batches.</param>
/// <param name="LossError">The largest error of a loss.</param>
/// <param name="LogitError">The largest error of a logit that was decoded position by position.</param>
/// <param name="Gradients">One entry a parameter, in canonical order.</param>
public sealed record EagerCheckResult(int Rows, double LossError, double LogitError, IReadOnlyList<EagerDifference> Gradients)
{
    /// <summary>The entry with the largest error.</summary>
    public EagerDifference Worst => Gradients.MaxBy(difference => difference.Error)!;

    /// <summary>The largest error of all.</summary>
    public double Error => Math.Max(Math.Max(LossError, LogitError), Worst.Error);
}

/// <summary>
/// Compares a compiled model with the same model run eagerly, in double: the two meanings of one text. Loss, the gradient of every
/// parameter, and decoding, on random parameters and random documents; a model with dropout also under the same draws. After a few
/// training steps nothing but the parameters may count.
/// </summary>
public static class EagerCheck
{
    private const int UsualLength = 24;

    // The first batch has a document beyond what attention takes at once, 32 queries and 64 keys. One is enough, for eager attention
    // takes its time.
    private const int LongestDocument = 150;

    // Documents a batch: one that is as long as can be, one of a single position, and one in between.
    private const int Documents = 3;

    // Some parameters, such as a bias of keys, have gradients of rounding errors only: these are measured against a share of the others.
    private const double LeastShare = 1e-3;

    /// <summary>Largest error by default: rounding, in the precision that the model was compiled for.</summary>
    public static double Tolerance(Precision precision) => precision == Precision.Double ? 1e-12 : 1e-4;

    /// <summary>Compares on a number of batches.</summary>
    /// <param name="compiled">The compiled model; its parameters are replaced. It must hold <see cref="RowCapacity"/> rows.</param>
    /// <param name="eager">Its eager twin.</param>
    /// <param name="seed">Seed of parameters and documents.</param>
    /// <param name="batches">How many.</param>
    /// <param name="cancellation">Looked at before every batch.</param>
    /// <exception cref="OperationCanceledException">The comparison was cancelled.</exception>
    public static EagerCheckResult Run(
        ICompiledModel compiled, EagerModel eager, long seed, int batches, CancellationToken cancellation = default)
    {
        ModelDescription model = compiled.Description;
        var random = new RandomStream(seed);
        double[] parameters = new double[model.ParameterCount];
        double[] ofCompiled = new double[parameters.Length];
        double[] ofEager = new double[parameters.Length];
        var worst = eager.Parameters.Select(Nothing).ToArray();
        double lossError = 0.0, logitError = 0.0;
        int rows = 0;
        for (int batch = 1; batch <= batches; batch++)
        {
            cancellation.ThrowIfCancellationRequested();
            (int[] tokens, int[] targets, int[] starts) = Next(compiled, eager, random, parameters, batch);
            var documents = new Batch(tokens, targets, starts);
            rows += documents.Rows;
            double loss = compiled.Gradient(documents, ofCompiled), expected = eager.Gradient(documents, ofEager);
            lossError = Math.Max(lossError, Error(loss, expected, Math.Max(1.0, Math.Abs(expected))));
            lossError = Math.Max(lossError, Error(compiled.Loss(documents), expected, Math.Max(1.0, Math.Abs(expected))));
            logitError = Math.Max(logitError, Decode(compiled, tokens[..starts[1]], eager.Logits(documents).ToArray()));
            CompareAll(batch);
            if (compiled is IModelDropout dropping)
            {
                var draw = new DropoutDraw((ulong)seed, batch, FirstRow: rows);
                loss = dropping.Gradient(documents, ofCompiled, draw);
                expected = eager.Gradient(documents, ofEager, draw);
                lossError = Math.Max(lossError, Error(loss, expected, Math.Max(1.0, Math.Abs(expected))));
                CompareAll(batch);
            }

            lossError = Math.Max(lossError, WhatStepsLeave(compiled, documents, parameters));
        }

        void CompareAll(int batch)
        {
            double least = LeastShare * Largest(ofEager);
            for (int p = 0; p < worst.Length; p++)
            {
                worst[p] = Compare(worst[p], batch, ofCompiled, ofEager, least);
            }
        }

        return new EagerCheckResult(rows, lossError, logitError, worst);
    }

    /// <summary>
    /// What weights that differ in their last bit change of either model, on the same parameters and documents and on the scales of the
    /// comparison's errors.
    /// </summary>
    /// <inheritdoc cref="Run"/>
    internal static Conditioning Conditioning(
        ICompiledModel compiled, EagerModel eager, long seed, int batches, CancellationToken cancellation)
    {
        var random = new RandomStream(seed);
        double[] parameters = new double[compiled.Description.ParameterCount];
        double change = 0.0, largest = 0.0;
        for (int batch = 1; batch <= batches; batch++)
        {
            cancellation.ThrowIfCancellationRequested();
            (int[] tokens, int[] targets, int[] starts) = Next(compiled, eager, random, parameters, batch);
            var documents = new Batch(tokens, targets, starts);
            double[] logits = eager.Logits(documents).ToArray(), ofEager = new double[parameters.Length];
            double[] ofCompiled = new double[parameters.Length], nudgedOfEager = new double[parameters.Length];
            double[] nudgedOfCompiled = new double[parameters.Length];
            double loss = eager.Gradient(documents, ofEager), scale = Largest(logits);
            compiled.Gradient(documents, ofCompiled);
            double[] nudged = Gradients.Conditioning.Nudged(parameters, compiled.Description.Precision, seed);
            eager.LoadParameters(nudged);
            compiled.LoadParameters(nudged);
            compiled.Gradient(documents, nudgedOfCompiled);
            double least = LeastShare * Largest(ofEager);
            double[] changes =
            [
                Error(eager.Gradient(documents, nudgedOfEager), loss, Math.Max(1.0, Math.Abs(loss))),
                logits.Zip(eager.Logits(documents).ToArray(), (a, b) => Error(b, a, scale)).Max(),
                .. eager.Parameters.Select(p => Compare(Nothing(p), batch, nudgedOfEager, ofEager, least).Error),
                .. eager.Parameters.Select(p => Compare(Nothing(p), batch, nudgedOfCompiled, ofCompiled, least).Error),
            ];
            change = Math.Max(change, changes.Max());
            largest = Math.Max(largest, scale);
        }

        return new Conditioning(change, largest);
    }

    /// <summary>Rows that a model needs for a comparison.</summary>
    public static int RowCapacity(ModelDescription model) => Documents * LongestOf(model, batch: 1);

    /// <summary>Positions of the longest document of a batch.</summary>
    /// <param name="model">The model.</param>
    /// <param name="batch">Counted from 1; the first has the longest.</param>
    internal static int LongestOf(ModelDescription model, int batch) =>
        Math.Min(model.BlockSize ?? int.MaxValue, batch == 1 ? LongestDocument : UsualLength);

    private static EagerDifference Nothing(ParameterInfo parameter) => new(parameter, 0, 0, 1, 0, 0, 0, 0);

    /// <summary>The documents of the next batch, and the parameters, which both models have then.</summary>
    private static (int[] Tokens, int[] Targets, int[] Starts) Next(
        ICompiledModel compiled, EagerModel eager, RandomStream random, double[] parameters, int batch)
    {
        ModelDescription model = compiled.Description;
        Draw(model, eager, random, parameters);
        compiled.LoadParameters(parameters);

        // What the model stores, floats perhaps, is what both compute with.
        compiled.CopyParametersTo(parameters);
        eager.LoadParameters(parameters);
        int[] starts = Starts(LongestOf(model, batch), random);
        return (Tokens(model, random, starts[^1]), Tokens(model, random, starts[^1]), starts);
    }

    // Also what starts constant is drawn: with gains of 1 and biases or output layers of 0 many a fault would not show.
    private static void Draw(ModelDescription model, EagerModel eager, RandomStream random, double[] parameters)
    {
        double usual = model.InitStd > 0.0 ? model.InitStd : new GptModelAttribute().InitStd;
        foreach (ParameterInfo parameter in eager.Parameters)
        {
            foreach (ref double element in parameters.AsSpan(parameter.Offset, parameter.Count))
            {
                element = random.NextGauss(parameter.Mean, parameter.Std is > 0.0 and double std ? std : usual);
            }
        }
    }

    private static int[] Starts(int longest, RandomStream random)
    {
        int between = 1 + random.NextBelow(Math.Min(longest, UsualLength));
        return [0, longest, longest + 1, longest + 1 + between];
    }

    private static int[] Tokens(ModelDescription model, RandomStream random, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => random.NextBelow(model.VocabSize))];

    /// <summary>
    /// How much else than the parameters training steps leave in memory that counts: a model that is loaded with them anew computes the
    /// same loss, to the last bit.
    /// </summary>
    /// <param name="compiled">The model; it has other parameters afterwards.</param>
    /// <param name="documents">What it is trained on.</param>
    /// <param name="parameters">Receives its parameters after the steps.</param>
    private static double WhatStepsLeave(ICompiledModel compiled, in Batch documents, double[] parameters)
    {
        const double LearningRate = 1e-3;
        for (int step = 0; step < 2; step++)
        {
            compiled.TrainStep(documents, LearningRate);
        }

        double trained = compiled.Loss(documents);
        compiled.CopyParametersTo(parameters);
        compiled.LoadParameters(parameters);
        double anew = compiled.Loss(documents);
        return trained.Equals(anew) ? 0.0 : Error(trained, anew, Math.Max(1.0, Math.Abs(anew)));
    }

    /// <summary>Decodes a document and compares with the logits of its forward pass.</summary>
    private static double Decode(ICompiledModel compiled, int[] document, double[] expected)
    {
        double[] logits = new double[compiled.Description.VocabSize];
        double largest = 0.0, scale = Largest(expected);
        for (int position = 0; position < document.Length; position++)
        {
            compiled.Decode(document[position], position, logits);
            for (int token = 0; token < logits.Length; token++)
            {
                largest = Math.Max(largest, Error(logits[token], expected[(position * logits.Length) + token], scale));
            }
        }

        return largest;
    }

    private static EagerDifference Compare(EagerDifference worst, int batch, double[] compiled, double[] eager, double least)
    {
        ParameterInfo parameter = worst.Parameter;
        double largest = Largest(eager.AsSpan(parameter.Offset, parameter.Count));
        double scale = Math.Max(largest, least);
        for (int i = 0; i < parameter.Count; i++)
        {
            double a = compiled[parameter.Offset + i], b = eager[parameter.Offset + i], error = Error(a, b, scale);
            if (error > worst.Error)
            {
                worst = worst with
                {
                    Error = error, Batch = batch, Row = i / parameter.Columns, Column = i % parameter.Columns, Compiled = a, Eager = b,
                };
            }
        }

        return worst with { LargestGradient = Math.Max(worst.LargestGradient, largest) };
    }

    private static double Largest(ReadOnlySpan<double> numbers)
    {
        double largest = 0.0;
        foreach (double number in numbers)
        {
            largest = Math.Max(largest, Math.Abs(number));
        }

        return largest;
    }

    /// <summary>The difference as a share of a scale; infinite where either is not a number.</summary>
    private static double Error(double compiled, double eager, double scale)
    {
        double error = compiled == eager ? 0.0 : Math.Abs(compiled - eager) / scale;
        return double.IsNaN(error) ? double.PositiveInfinity : error;
    }
}
