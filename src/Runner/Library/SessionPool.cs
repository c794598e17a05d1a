namespace MicroGpt.Runner;

/// <summary>
/// The sessions of a model: each is lent to one document at a time. A few are kept for the next documents, the others are closed, so that a
/// rush leaves no memory behind.
/// </summary>
/// <param name="model">The model whose parameters they read.</param>
/// <param name="kept">The most that are kept while nobody uses them.</param>
internal sealed class SessionPool(ICompiledModel model, int kept) : IDisposable
{
    private readonly Lock gate = new();
    private readonly Stack<IModelSession> idle = [];
    private bool isClosed;

    /// <summary>Lends a session until the lease is disposed of.</summary>
    /// <exception cref="ObjectDisposedException">The model is disposed of.</exception>
    public Lease Rent()
    {
        IModelSession? session;
        lock (gate)
        {
            idle.TryPop(out session);
        }

        return new Lease(this, session ?? model.OpenSession());
    }

    /// <summary>Closes the sessions that nobody uses; one that is lent is closed when it comes back.</summary>
    public void Dispose()
    {
        lock (gate)
        {
            isClosed = true;
            foreach (IModelSession session in idle)
            {
                session.Dispose();
            }

            idle.Clear();
        }
    }

    private void Return(IModelSession session)
    {
        lock (gate)
        {
            if (!isClosed && idle.Count < kept)
            {
                idle.Push(session);
                return;
            }
        }

        session.Dispose();
    }

    /// <summary>A session that is lent.</summary>
    public sealed class Lease(SessionPool pool, IModelSession session) : IDisposable
    {
        private int isReturned;

        /// <summary>The session.</summary>
        public IModelSession Model => session;

        /// <inheritdoc/>
        public void Dispose()
        {
            if (Interlocked.Exchange(ref isReturned, 1) == 0)
            {
                pool.Return(session);
            }
        }
    }
}
