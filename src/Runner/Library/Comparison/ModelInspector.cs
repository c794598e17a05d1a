using MicroGpt.Runner.Data;
using MicroGpt.Runner.Report;
using MicroGpt.Runner.Training;

namespace MicroGpt.Runner.Comparison;

/// <summary>Looks at what a trained model makes of a few documents: the next token's probabilities and the attention.</summary>
internal static class ModelInspector
{
    /// <summary>Documents that are looked at unless others are asked for.</summary>
    public const int DefaultCount = 5;

    // Longer documents would make a drawing that nobody can read.
    private const int MostPositions = 32;

    // Attention weights that one model may bring to a page, which should stay below two megabytes with several models on it.
    private const int MostWeights = 40_000;

    private const int WeightDigits = 4;

    /// <summary>The documents that were asked for, or the first ones that are not trained on.</summary>
    /// <param name="asked">The documents that were asked for.</param>
    /// <param name="session">A session with the data.</param>
    /// <exception cref="RunnerException">A document has a character that the data does not have, or nothing to predict.</exception>
    public static IReadOnlyList<string> Choose(IReadOnlyList<string> asked, TrainingSession session)
    {
        foreach (string document in asked)
        {
            if (document.Length == 0 || (session.Corpus.IsStream && document.Length == 1))
            {
                throw RunnerException.Usage($"--inspect: '{document}' is too short: there is no token to predict.");
            }

            try
            {
                session.Tokenizer.Encode(document);
            }
            catch (RunnerException e)
            {
                throw RunnerException.Usage($"--inspect: '{document}': {e.Message}", e);
            }
        }

        if (asked.Count > 0)
        {
            return [.. asked.Distinct(StringComparer.Ordinal)];
        }

        if (session.Corpus.IsStream)
        {
            return Windows(session);
        }

        // The end of the list has always fewer trained documents than its beginning.
        Range heldOut = HeldOut.DocumentsAfter(session);
        int first = Math.Min(heldOut.Start.Value, Math.Max(0, session.Corpus.Count - DefaultCount));
        return
        [
            .. Enumerable.Range(first, Math.Min(DefaultCount, session.Corpus.Count - first))
                .Select(place => session.Corpus.Text(session.Split.Order.Span[place]).ToString()).Distinct(StringComparer.Ordinal),
        ];
    }

    /// <summary>The beginning of what a stream holds out or, where it holds nothing out, its end.</summary>
    private static string[] Windows(TrainingSession session)
    {
        Corpus corpus = session.Corpus;
        int length = Math.Min(PositionsFor(session.Model.Description, DefaultCount) + 1, corpus.TokenCount);
        int first = session.Split.ValidationTokens >= length
            ? session.Split.TrainingTokens : Math.Max(0, corpus.TokenCount - (DefaultCount * length));
        int count = Math.Min(DefaultCount, (corpus.TokenCount - first) / length);
        return [.. Enumerable.Range(0, count).Select(window => corpus.Text(first + (window * length), length).ToString())
            .Distinct(StringComparer.Ordinal)];
    }

    /// <summary>Inspects a model.</summary>
    public static IReadOnlyList<Inspection> Inspect(TrainingSession session, IReadOnlyList<string> documents)
    {
        int positions = PositionsFor(session.Model.Description, documents.Count);
        return [.. documents.Select(document => Inspect(session, document, positions))];
    }

    private static Inspection Inspect(TrainingSession session, string document, int mostPositions)
    {
        Tokenizer tokenizer = session.Tokenizer;
        ICompiledModel model = session.Model;
        int[] encoded = tokenizer.Encode(document);
        int[] tokens = tokenizer.Bos is int bos ? [bos, .. encoded, bos] : encoded;
        int positions = Math.Min(Math.Min(mostPositions, session.Model.RowCapacity), tokens.Length - 1);

        string Text(int token) => token == tokenizer.Bos ? Inspection.Bos : token < tokenizer.Count ? tokenizer.Decode(token) : "?";
        double[] probabilities = new double[model.Description.VocabSize];
        var next = new List<NextToken>();
        for (int position = 0; position < positions; position++)
        {
            model.Decode(tokens[position], position, probabilities);
            Softmax(probabilities);
            next.Add(NextToken.Of(probabilities, tokens[position + 1], Text));
        }

        return new Inspection(document, [.. tokens.Take(positions).Select(Text)], next)
        {
            Attention = model.Description.NHead > 0 ? Attention(model, tokens, positions) : [],
        };
    }

    private static IReadOnlyList<IReadOnlyList<AttentionMap>> Attention(ICompiledModel model, int[] tokens, int positions)
    {
        ModelDescription description = model.Description;
        int block = description.BlockSize ?? positions;
        model.Loss(new Batch([.. tokens.Take(positions)], [.. tokens.Skip(1).Take(positions)], [0, positions]));
        double[] weights = new double[positions * block];
        var layers = new List<IReadOnlyList<AttentionMap>>();
        IReadOnlyList<int> headsOfLayers = description.HeadsOfLayers;
        for (int layer = 0; layer < headsOfLayers.Count; layer++)
        {
            var heads = new List<AttentionMap>();
            for (int head = 0; head < headsOfLayers[layer]; head++)
            {
                model.CopyAttentionTo(layer, head, weights);
                heads.Add(new AttentionMap(
                    [
                        .. Enumerable.Range(0, positions).Select(query => (IReadOnlyList<double>)
                            [.. weights.Skip(query * block).Take(query + 1).Select(weight => Math.Round(weight, WeightDigits))]),
                    ]));
            }

            layers.Add(heads);
        }

        return layers;
    }

    private static int PositionsFor(ModelDescription model, int documents)
    {
        int positions = Math.Min(model.BlockSize ?? MostPositions, MostPositions);
        int heads = model.HeadsOfLayers.Sum();
        while (positions > 1 && (long)heads * documents * positions * (positions + 1) / 2 > MostWeights)
        {
            positions--;
        }

        return positions;
    }

    private static void Softmax(Span<double> logits)
    {
        double max = double.NegativeInfinity;
        foreach (double logit in logits)
        {
            max = Math.Max(max, logit);
        }

        double sum = 0.0;
        foreach (ref double logit in logits)
        {
            logit = Math.Exp(logit - max);
            sum += logit;
        }

        foreach (ref double probability in logits)
        {
            probability /= sum;
        }
    }
}
