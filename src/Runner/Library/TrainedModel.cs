using System.Runtime.CompilerServices;
using System.Text;
using MicroGpt.Runner.Checkpoints;
using MicroGpt.Runner.Commands;
using MicroGpt.Runner.Data;
using MicroGpt.Runner.Evaluation;
using MicroGpt.Runner.Randomness;
using MicroGpt.Runner.Training;

namespace MicroGpt.Runner;

/// <summary>
/// A trained model in an application: its parameters, once, and its tokenizer, from a checkpoint. Any number of threads may use it at once,
/// and any number of documents may be under way; as many of them are computed at a time as the machine has processors.
/// </summary>
/// <example><code>
/// using var names = TrainedModel.Load("run", CompiledModels.All);
/// string name = names.Sample(prompt: "an", seed: 7);
/// double surprise = names.Score(name).NatsPerToken;
/// </code></example>
public sealed class TrainedModel : IDisposable
{
    private readonly ICompiledModel model;
    private readonly Tokenizer tokenizer;
    private readonly SessionPool sessions;
    private readonly SemaphoreSlim places = new(Environment.ProcessorCount);
    private volatile bool isDisposed;

    private TrainedModel(ICompiledModel model, Tokenizer tokenizer)
    {
        this.model = model;
        this.tokenizer = tokenizer;
        sessions = new SessionPool(model, Environment.ProcessorCount);
    }

    /// <summary>What the model is.</summary>
    public ModelDescription Description => model.Description;

    /// <summary>Loads what a run saved.</summary>
    /// <param name="checkpoint">A checkpoint, or the folder that a run saved itself in: its latest one.</param>
    /// <param name="models">The compiled models, one of which it is of.</param>
    /// <exception cref="RunnerException">There is none, it is not intact, or of no such model; the message says which.</exception>
    public static TrainedModel Load(string checkpoint, IReadOnlyList<ModelEntry> models)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        ArgumentNullException.ThrowIfNull(models);
        using CheckpointFile file = CheckpointFile.Open(checkpoint, nameof(checkpoint));
        Tokenizer tokenizer = CheckpointOption.TokenizerOf(file);
        return new TrainedModel(CheckpointOption.Load(models, file), tokenizer);
    }

    /// <summary>Draws one document. The same arguments give the same document, whatever else is drawn meanwhile.</summary>
    /// <param name="settings">How; null for the defaults.</param>
    /// <param name="prompt">What it begins with.</param>
    /// <param name="seed">Of the random numbers that it is drawn by.</param>
    /// <param name="cancellation">Ends it between two tokens, or while it waits for a processor.</param>
    /// <returns>The document, its prompt included.</returns>
    /// <exception cref="RunnerException">
    /// The prompt has a character that the model has not learned; or its logits are not finite.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The model is disposed of.</exception>
    public string Sample(SamplingSettings? settings = null, string prompt = "", long seed = 0, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        ObjectDisposedException.ThrowIf(isDisposed, this);
        int[] tokens = tokenizer.Encode(prompt);
        places.Wait(cancellation);
        try
        {
            using SessionPool.Lease session = sessions.Rent();
            return new Sampler(session.Model, tokenizer, new RandomStream(seed)).Sample(
                settings ?? new SamplingSettings(), tokens, (_, _) => cancellation.ThrowIfCancellationRequested());
        }
        finally
        {
            places.Release();
        }
    }

    /// <summary>
    /// Draws one document as <see cref="Sample"/> does, and gives each piece of it as soon as it is drawn: together they are what follows
    /// the prompt. Between two pieces it takes no processor.
    /// </summary>
    /// <param name="settings">How; null for the defaults.</param>
    /// <param name="prompt">What it begins with.</param>
    /// <param name="seed">Of the random numbers that it is drawn by.</param>
    /// <param name="cancellation">Ends it between two tokens, or while it waits for a processor.</param>
    /// <returns>The pieces, none of them empty, none ending within a character.</returns>
    /// <exception cref="RunnerException">
    /// The prompt has a character that the model has not learned: at once, before the first piece is asked for. Or its logits are not
    /// finite.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The model is disposed of.</exception>
    public IAsyncEnumerable<string> SampleAsync(
        SamplingSettings? settings = null, string prompt = "", long seed = 0, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(prompt);
        ObjectDisposedException.ThrowIf(isDisposed, this);
        return Pieces(settings ?? new SamplingSettings(), tokenizer.Encode(prompt), seed, cancellation);
    }

    /// <summary>
    /// How probable the model finds a text: as a document, from its beginning to its end. One that is longer than the block size is scored
    /// in pieces of that length, each without a view of what is before it.
    /// </summary>
    /// <param name="text">The text.</param>
    /// <param name="cancellation">Ends it between two pieces, or while it waits for a processor.</param>
    /// <returns>The sum of -ln p over all tokens of the text and its end, and their number.</returns>
    /// <exception cref="RunnerException">
    /// The text has a character that the model has not learned, or too few tokens to predict one.
    /// </exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="ObjectDisposedException">The model is disposed of.</exception>
    public HeldOutLoss Score(string text, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(text);
        ObjectDisposedException.ThrowIf(isDisposed, this);
        int[] tokens = tokenizer.Encode(text);
        tokens = tokenizer.Bos is int bos ? [bos, .. tokens, bos] : tokens;
        if (tokens.Length < 2)
        {
            throw Corpus.NothingToPredict("the text", tokens.Length);
        }

        places.Wait(cancellation);
        try
        {
            using SessionPool.Lease session = sessions.Rent();
            return Score(session.Model, tokens, cancellation);
        }
        finally
        {
            places.Release();
        }
    }

    /// <summary>Frees the memory. Nothing may be drawn meanwhile or after it.</summary>
    public void Dispose()
    {
        isDisposed = true;
        sessions.Dispose();
        model.Dispose();
        places.Dispose();
    }

    private HeldOutLoss Score(IModelSession session, int[] tokens, CancellationToken cancellation)
    {
        int block = Description.BlockSize ?? int.MaxValue;
        int characters = tokens.Skip(1).Sum(tokenizer.CharactersBegun);
        double nats = 0;
        for (int first = 0, rows; first < tokens.Length - 1; first += rows)
        {
            cancellation.ThrowIfCancellationRequested();
            rows = Math.Min(block, tokens.Length - 1 - first);
            nats += rows * session.Loss(new Batch(tokens.AsSpan(first, rows), tokens.AsSpan(first + 1, rows), [0, rows]));
        }

        return new HeldOutLoss(nats, tokens.Length - 1, characters);
    }

    private async IAsyncEnumerable<string> Pieces(
        SamplingSettings settings, int[] prompt, long seed, [EnumeratorCancellation] CancellationToken cancellation)
    {
        ObjectDisposedException.ThrowIf(isDisposed, this);
        using SessionPool.Lease session = sessions.Rent();
        var sampler = new Sampler(session.Model, tokenizer, new RandomStream(seed));
        var characters = Encoding.UTF8.GetDecoder();
        sampler.Begin(settings, prompt);
        int? token;
        do
        {
            ObjectDisposedException.ThrowIf(isDisposed, this);
            await places.WaitAsync(cancellation).ConfigureAwait(false);
            try
            {
                cancellation.ThrowIfCancellationRequested();
                token = sampler.Next();
            }
            finally
            {
                places.Release();
            }

            // A token may end within a character, whose other bytes come with the next.
            string piece = TextOf(characters, token);
            if (piece.Length > 0)
            {
                yield return piece;
            }
        }
        while (token is not null);
    }

    /// <summary>The characters that a token completes; at the end, a sign for what never became one.</summary>
    private string TextOf(Decoder characters, int? token)
    {
        ReadOnlySpan<byte> bytes = token is int drawn ? tokenizer.Bytes(drawn) : [];
        char[] text = new char[characters.GetCharCount(bytes, flush: token is null)];
        characters.GetChars(bytes, text, flush: token is null);
        return new string(text);
    }
}
