using System.Runtime.ExceptionServices;
using MicroGpt.Distribution;

namespace MicroGpt.Runner.Tests.Distribution;

/// <summary>Ranks that are threads of one process: every result of theirs can be looked at, and no launcher is needed.</summary>
internal sealed unsafe class MemoryRanks : IDisposable
{
    private readonly Barrier barrier;
    private readonly CancellationTokenSource failed = new();
    private readonly Transfer[][] sends;
    private readonly nint[] parts;

    private MemoryRanks(int size)
    {
        barrier = new Barrier(size);
        sends = new Transfer[size][];
        parts = new nint[size];
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

        return results;
    }

    public void Dispose()
    {
        barrier.Dispose();
        failed.Dispose();
    }

    private void Wait() => barrier.SignalAndWait(failed.Token);

    private sealed class Member(MemoryRanks all, int rank, int size) : ICommunicator
    {
        public int Rank => rank;

        public int Size => size;

        public void Exchange(ReadOnlySpan<Transfer> sends, ReadOnlySpan<Transfer> receives)
        {
            all.sends[rank] = sends.ToArray();
            all.Wait();
            int[] taken = new int[size];
            foreach (Transfer receive in receives)
            {
                // The first that is sent is the first that is received.
                Transfer sent = all.sends[receive.Peer].Where(send => send.Peer == rank).ElementAt(taken[receive.Peer]++);
                if (sent.Bytes != receive.Bytes)
                {
                    throw new InvalidOperationException(
                        $"Rank {receive.Peer} sends {sent.Bytes} bytes where rank {rank} expects {receive.Bytes}.");
                }

                Buffer.MemoryCopy((void*)sent.Address, (void*)receive.Address, receive.Bytes, sent.Bytes);
            }

            for (int peer = 0; peer < size; peer++)
            {
                if (taken[peer] != all.sends[peer].Count(send => send.Peer == rank))
                {
                    throw new InvalidOperationException($"Rank {rank} leaves something that rank {peer} sends.");
                }
            }

            all.Wait();
        }

        public void AllGather(void* parts, int bytes)
        {
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
    }
}
