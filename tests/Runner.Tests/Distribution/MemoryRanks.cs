using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using MicroGpt.Distribution;

namespace MicroGpt.Runner.Tests.Distribution;

/// <summary>Ranks that are threads of one process: every result of theirs can be looked at, and no launcher is needed.</summary>
internal sealed unsafe class MemoryRanks : IDisposable
{
    private readonly Barrier barrier;
    private readonly CancellationTokenSource failed = new();
    private readonly ConcurrentQueue<Sent>[,] mail;
    private readonly nint[] parts;

    private MemoryRanks(int size)
    {
        barrier = new Barrier(size);
        parts = new nint[size];
        mail = new ConcurrentQueue<Sent>[size, size];
        for (int from = 0; from < size; from++)
        {
            for (int to = 0; to < size; to++)
            {
                mail[from, to] = new();
            }
        }
    }

    /// <summary>Runs every rank on a thread of its own, and gives what each returns.</summary>
    public static T[] Run<T>(int size, Func<ICommunicator, T> rank)
    {
        using var all = new MemoryRanks(size);
        var results = new T[size];
        Exception? first = null;
        Thread[] threads = [.. Enumerable.Range(0, size).Select(index => new Thread(() =>
        {
            try
            {
                results[index] = rank(new Member(all, index, size));
            }
            catch (Exception e)
            {
                Interlocked.CompareExchange(ref first, e, null);
                all.failed.Cancel(); // the others would wait for ever
            }
        }))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        if (first is not null)
        {
            ExceptionDispatchInfo.Throw(first);
        }

        if (all.mail.Cast<ConcurrentQueue<Sent>>().Any(letters => !letters.IsEmpty))
        {
            throw new InvalidOperationException("Something was sent that nobody received.");
        }

        return results;
    }

    public void Dispose()
    {
        barrier.Dispose();
        failed.Dispose();
    }

    private void Wait() => barrier.SignalAndWait(failed.Token);

    /// <summary>What one rank has for another; it is copied when that one asks.</summary>
    private sealed class Sent(Transfer transfer)
    {
        private volatile bool isTaken;

        public Transfer Transfer => transfer;

        public bool IsTaken
        {
            get => isTaken;
            set => isTaken = value;
        }
    }

    /// <summary>An exchange of one rank that has begun.</summary>
    private sealed record UnderWay(Sent[] Sends, Queue<Transfer> Receives);

    private sealed class Member(MemoryRanks all, int rank, int size) : ICommunicator
    {
        private readonly Queue<UnderWay> underWay = new();
        private int calls;

        public int Rank => rank;

        public int Size => size;

        public void Begin(ReadOnlySpan<Transfer> sends, ReadOnlySpan<Transfer> receives)
        {
            using Call call = new(this);
            var sent = new Sent[sends.Length];
            for (int i = 0; i < sends.Length; i++)
            {
                sent[i] = new Sent(sends[i]);
                all.mail[rank, sends[i].Peer].Enqueue(sent[i]);
            }

            underWay.Enqueue(new UnderWay(sent, new(receives.ToArray())));
        }

        public bool End(bool waits)
        {
            using Call call = new(this);
            UnderWay first = underWay.Peek();
            for (int spins = 0; !ReceiveAll(first) || Array.Exists(first.Sends, sent => !sent.IsTaken); spins++)
            {
                if (!waits)
                {
                    return false;
                }

                all.failed.Token.ThrowIfCancellationRequested();
                Thread.Sleep(spins < 100 ? 0 : 1);
            }

            underWay.Dequeue();
            return true;
        }

        public void AllGather(void* parts, int bytes)
        {
            using Call call = new(this);
            if (underWay.Count > 0)
            {
                throw new InvalidOperationException("An exchange is still under way.");
            }

            all.parts[rank] = (nint)parts;
            all.Wait();
            for (int peer = 0; peer < size; peer++)
            {
                if (peer != rank)
                {
                    byte* from = (byte*)all.parts[peer];
                    Buffer.MemoryCopy(from + ((long)peer * bytes), (byte*)parts + ((long)peer * bytes), bytes, bytes);
                }
            }

            all.Wait();
        }

        /// <summary>Takes all that has been sent, as a network does, whoever asks; whether an exchange has received its part.</summary>
        private bool ReceiveAll(UnderWay exchange)
        {
            foreach (UnderWay next in underWay)
            {
                if (!Receive(next))
                {
                    break;
                }
            }

            return exchange.Receives.Count == 0;
        }

        /// <summary>Takes what has been sent, in its order; whether that is all that the exchange is to receive.</summary>
        private bool Receive(UnderWay exchange)
        {
            while (exchange.Receives.TryPeek(out Transfer receive))
            {
                if (!all.mail[receive.Peer, rank].TryDequeue(out Sent? sent))
                {
                    return false;
                }

                if (sent.Transfer.Bytes != receive.Bytes)
                {
                    throw new InvalidOperationException(
                        $"Rank {receive.Peer} sends {sent.Transfer.Bytes} bytes where rank {rank} expects {receive.Bytes}.");
                }

                Buffer.MemoryCopy((void*)sent.Transfer.Address, (void*)receive.Address, receive.Bytes, receive.Bytes);
                sent.IsTaken = true;
                exchange.Receives.Dequeue();
            }

            return true;
        }

        /// <summary>Calls come one at a time.</summary>
        private readonly ref struct Call
        {
            private readonly Member member;

            public Call(Member member)
            {
                this.member = member;
                if (Interlocked.Increment(ref member.calls) != 1)
                {
                    throw new InvalidOperationException("Two threads called at the same time.");
                }
            }

            public void Dispose() => Interlocked.Decrement(ref member.calls);
        }
    }
}
