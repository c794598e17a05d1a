using MicroGpt.Generator.Tests.Rooms;
using Xunit;

namespace MicroGpt.Runner.Tests.Rooms;

/// <summary>No two folders of the runner need each other, not even by way of others.</summary>
public sealed class CircleTests
{
    // What everyone may use, and what puts everything together.
    private const string Root = "MicroGpt.Runner";

    [Fact]
    public void NoTwoFoldersNeedEachOther()
    {
        IReadOnlyDictionary<(string From, string To), string> arrows = Arrows.Of(typeof(RunnerApp).Assembly);
        ILookup<string, string> used = arrows.Keys.Where(a => a.From != Root && a.To != Root).ToLookup(a => a.From, a => a.To);
        Assert.NotEmpty(used);
        Assert.DoesNotContain(used, room => Reached(used, room.Key).Contains(room.Key));
    }

    /// <summary>All folders that one needs, itself only where it needs itself by way of others.</summary>
    private static HashSet<string> Reached(ILookup<string, string> used, string room)
    {
        var reached = new HashSet<string>();
        var open = new Stack<string>(used[room]);
        while (open.TryPop(out string? next))
        {
            if (reached.Add(next))
            {
                foreach (string further in used[next])
                {
                    open.Push(further);
                }
            }
        }

        return reached;
    }
}
