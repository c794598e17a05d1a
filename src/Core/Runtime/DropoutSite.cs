using System.Numerics;
using MicroGpt.Numerics;

namespace MicroGpt.Runtime;

/// <summary>One call of dropout in one step: what each of its elements is multiplied by.</summary>
public readonly unsafe struct DropoutSite
{
    private readonly DropoutDraw _draw;
    private readonly uint _site;
    private readonly ulong _threshold;
    private readonly double _kept;

    /// <summary>Describes a call.</summary>
    /// <param name="draw">What decides which elements are dropped; null where nothing is.</param>
    /// <param name="site">Number of the call in the forward pass, from 0.</param>
    /// <param name="rate">Share of the elements that is dropped, below 1.</param>
    public DropoutSite(DropoutDraw? draw, int site, double rate)
    {
        _draw = draw.GetValueOrDefault();
        _site = (uint)site;

        // A word of 32 bits is below rate 2^32 where it is below the next whole number.
        _threshold = draw is null ? 0 : (ulong)Math.Ceiling(rate * 4294967296.0);
        _kept = draw is null ? 1 : 1 / (1 - rate);
    }

    /// <summary>Writes the factors of one row of a panel, a cache line: 0 or 1 / (1 - rate), or 1 where nothing is dropped.</summary>
    /// <param name="factors">Where to.</param>
    /// <param name="row">The row of the batch.</param>
    /// <param name="channel">The first channel, a multiple of 4.</param>
    /// <param name="count">
    /// Channels of the panel. The places after them become 0, as they are wherever a panel has more places than channels: sums over
    /// channels go over them.
    /// </param>
    public void Fill<T>(T* factors, int row, int channel, int count)
        where T : unmanaged, INumberBase<T>
    {
        T kept = T.CreateTruncating(_kept);
        int width = 64 / sizeof(T);
        if (_threshold == 0)
        {
            new Span<T>(factors, width).Fill(kept);
        }
        else
        {
            for (int i = 0; i < width; i += 4)
            {
                (uint w0, uint w1, uint w2, uint w3) = Philox.Words(
                    _draw.Seed, (uint)_draw.Step, _site, (uint)(_draw.FirstRow + row), (uint)(channel + i) / 4);
                factors[i] = w0 < _threshold ? T.Zero : kept;
                factors[i + 1] = w1 < _threshold ? T.Zero : kept;
                factors[i + 2] = w2 < _threshold ? T.Zero : kept;
                factors[i + 3] = w3 < _threshold ? T.Zero : kept;
            }
        }

        new Span<T>(factors, width)[count..].Clear();
    }
}
