#if MICROGPT_GENERATOR
namespace MicroGpt.Generator.Ops;
#else
namespace MicroGpt.Numerics;
#endif

/// <summary>
/// The counter-based random numbers Philox4x32-10 (Salmon, Moraes, Dror and Shaw, "Parallel random numbers: as easy as 1, 2, 3",
/// 2011): four words as a function of a key and a counter, without a state. So any thread, process or resumed run that asks
/// for the same place gets the same words.
/// </summary>
#if MICROGPT_GENERATOR
internal
#else
public
#endif
static class Philox
{
    private const int Rounds = 10;
    private const uint Multiplier0 = 0xD2511F53, Multiplier1 = 0xCD9E8D57;

    // The golden ratio and √3 - 1, by which the key moves on from round to round.
    private const uint Weyl0 = 0x9E3779B9, Weyl1 = 0xBB67AE85;

    /// <summary>The four words of one counter.</summary>
    /// <param name="seed">The key: its low half first.</param>
    /// <param name="c0">First word of the counter; for dropout the training step, from 0.</param>
    /// <param name="c1">Second word; for dropout the number of the call in the forward pass, from 0.</param>
    /// <param name="c2">Third word; for dropout the row in the whole batch.</param>
    /// <param name="c3">Fourth word; for dropout the channel / 4: channel % 4 is the word that decides about it.</param>
    /// <returns>Four words, each of 32 uniformly distributed bits.</returns>
    public static uint[] Draw(ulong seed, uint c0, uint c1, uint c2, uint c3)
    {
        (uint w0, uint w1, uint w2, uint w3) = Words(seed, c0, c1, c2, c3);
        return [w0, w1, w2, w3];
    }

    /// <summary>The same without an array.</summary>
    public static (uint W0, uint W1, uint W2, uint W3) Words(ulong seed, uint c0, uint c1, uint c2, uint c3)
    {
        uint k0 = (uint)seed, k1 = (uint)(seed >> 32);
        for (int round = 0; round < Rounds; round++)
        {
            ulong p0 = (ulong)Multiplier0 * c0, p1 = (ulong)Multiplier1 * c2;
            (c0, c1, c2, c3) = ((uint)(p1 >> 32) ^ c1 ^ k0, (uint)p1, (uint)(p0 >> 32) ^ c3 ^ k1, (uint)p0);
            k0 = unchecked(k0 + Weyl0);
            k1 = unchecked(k1 + Weyl1);
        }

        return (c0, c1, c2, c3);
    }
}
