using System.Collections.Immutable;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Text;
using Xunit;

namespace MicroGpt.Generator.Tests.Snapshots;

/// <summary>The rules of the snapshot files, byte for byte.</summary>
public sealed class VerifierTests : IDisposable
{
    private const string Source = "// Grüße\nclass A;\n";
    private readonly string _directory = Directory.CreateTempSubdirectory("snapshots").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void AcceptWritesMarkHintNameAndTheSourceUnchanged()
    {
        Verify(SnapshotAcceptance.Accept, Snapshot.OfSource("NamesGpt.Forward.g.cs", Source));

        Assert.Equal(["GptTests.Emits#NamesGpt.Forward.g.verified.cs"], Files());
        byte[] expected = [0xEF, 0xBB, 0xBF, .. "//HintName: NamesGpt.Forward.g.cs\n// Gr"u8, 0xC3, 0xBC, 0xC3, 0x9F, .. "e\nclass A;\n"u8];
        Assert.Equal(expected, File.ReadAllBytes(At("GptTests.Emits#NamesGpt.Forward.g.verified.cs")));
    }

    [Fact]
    public void NoNewlineIsAddedAtTheEnd()
    {
        Verify(SnapshotAcceptance.Accept, Snapshot.OfText("a"));

        Assert.Equal(["GptTests.Emits.verified.txt"], Files());
        Assert.Equal([0xEF, 0xBB, 0xBF, (byte)'a'], File.ReadAllBytes(At("GptTests.Emits.verified.txt")));
    }

    [Fact]
    public void EqualPassesAndRemovesAnOldReceivedFile()
    {
        Snapshot snapshot = Snapshot.OfSource("A.g.cs", Source);
        Verify(SnapshotAcceptance.Accept, snapshot);
        File.WriteAllText(At("GptTests.Emits#A.g.received.cs"), "old");

        Verify(SnapshotAcceptance.Compare, snapshot);

        Assert.Equal(["GptTests.Emits#A.g.verified.cs"], Files());
    }

    [Fact]
    public void DifferenceWritesReceivedAndFailsWithALineDiff()
    {
        Verify(SnapshotAcceptance.Accept, Snapshot.OfText("one\ntwo\nthree\n"));

        string message = Fails(Snapshot.OfText("one\n2\nthree\n"));

        Assert.Contains("    2 + 2\n", message);
        Assert.Contains("- two\n", message);
        Assert.Contains("    1   one\n", message);
        Assert.Contains(Accepting.Variable + "=1", message);
        Assert.Equal([0xEF, 0xBB, 0xBF, .. "one\n2\nthree\n"u8], File.ReadAllBytes(At("GptTests.Emits.received.txt")));
        Assert.Equal("one\ntwo\nthree\n", File.ReadAllText(At("GptTests.Emits.verified.txt")));
    }

    [Fact]
    public void LongUnchangedPartsAreLeftOutOfTheDiff()
    {
        string[] lines = [.. Enumerable.Range(1, 40).Select(i => $"line {i}")];
        Verify(SnapshotAcceptance.Accept, Snapshot.OfText(string.Join("\n", lines)));

        string message = Fails(Snapshot.OfText(string.Join("\n", lines).Replace("line 2\n", "x\n").Replace("line 30\n", "y\n")));

        Assert.Contains("line 5\n      ...\n   27   line 27\n", message);
        Assert.DoesNotContain("line 10\n", message);
    }

    [Fact]
    public void ANewSnapshotFailsAndIsReceived()
    {
        string message = Fails(Snapshot.OfSource("A.g.cs", Source));

        Assert.Contains("GptTests.Emits#A.g.verified.cs: new", message);
        Assert.Equal(["GptTests.Emits#A.g.received.cs"], Files());
    }

    [Fact]
    public void AStaleFileOfTheTestFailsAndOthersAreLeftAlone()
    {
        Verify(SnapshotAcceptance.Accept, Snapshot.OfSource("A.g.cs", Source), Snapshot.OfSource("B.g.cs", Source));
        File.WriteAllText(At("GptTests.EmitsMore#C.g.verified.cs"), "");
        File.WriteAllText(At("GptTests.EmitsMore.verified.txt"), "");

        string message = Fails(Snapshot.OfSource("A.g.cs", Source));

        Assert.StartsWith("GptTests.Emits#B.g.verified.cs: stale", message);
        Assert.DoesNotContain("EmitsMore", message);
        Verify(SnapshotAcceptance.Accept, Snapshot.OfSource("A.g.cs", Source));
        Assert.Equal(["GptTests.Emits#A.g.verified.cs", "GptTests.EmitsMore#C.g.verified.cs", "GptTests.EmitsMore.verified.txt"], Files());
    }

    [Theory]
    [InlineData("\uFEFFone\r\ntwo\n", "contains \\r")]
    [InlineData("one\ntwo\n", "no UTF-8 byte-order mark")]
    [InlineData("\uFEFFone\ntwo", "    3 + ")]
    [InlineData("\uFEFFone\nTWO\n", "- TWO")]
    [InlineData("\uFEFFone\ntwo \n", "- two ")]
    public void ComparisonIsOrdinal(string verified, string complaint)
    {
        File.WriteAllText(At("GptTests.Emits.verified.txt"), verified, new UTF8Encoding(false));

        Assert.Contains(complaint, Fails(Snapshot.OfText("one\ntwo\n")));
    }

    [Fact]
    public void CarriageReturnsAreNeitherAcceptedNorPassed()
    {
        Snapshot snapshot = Snapshot.OfText("one\r\n");
        Assert.Contains("\\r", Assert.Throws<SnapshotException>(() => Verify(SnapshotAcceptance.Accept, snapshot)).Message);
        Assert.Empty(Files());

        File.WriteAllBytes(At("GptTests.Emits.verified.txt"), [0xEF, 0xBB, 0xBF, .. "one\r\n"u8]);
        Assert.Contains("\\r", Fails(snapshot));
    }

    [Fact]
    public void DifferencesComeInTheOrderOfHintNames()
    {
        string message =
            Fails(Snapshot.OfSource("b.g.cs", Source), Snapshot.OfSource("a.g.cs", Source), Snapshot.OfSource("B.g.cs", Source));

        int[] places =
        [
            message.IndexOf("#B.g", StringComparison.Ordinal),
            message.IndexOf("#a.g", StringComparison.Ordinal),
            message.IndexOf("#b.g", StringComparison.Ordinal),
        ];
        Assert.Equal(places.Order(), places);
    }

    [Theory]
    [InlineData(null, null, "Compare")]
    [InlineData("0", null, "Compare")]
    [InlineData("1", null, "Accept")]
    [InlineData("1", "", "Accept")]
    [InlineData("1", "true", "Refused")]
    [InlineData(null, "true", "Compare")]
    public void AcceptingIsExplicitAndRefusedInCI(string? accept, string? ci, string expected) =>
        Assert.Equal(expected, Accepting.FromEnvironment(name => name == "CI" ? ci : accept).ToString());

    [Fact]
    public void RefusedAcceptanceChangesNothing()
    {
        Assert.Contains("CI", Assert.Throws<SnapshotException>(() => Verify(SnapshotAcceptance.Refused, Snapshot.OfText("a"))).Message);
        Assert.Empty(Files());
    }

    /// <summary>The whole way, on committed snapshots: <c>VerifierTests.ADriver#First.g.verified.cs</c> and its neighbour.</summary>
    [Fact]
    public Task ADriver() => Verifier.Verify(Drive("Second.g.cs", "First.g.cs", "Third.g.cs"))
        .IgnoreGeneratedResult(source => source.HintName.StartsWith("Third", StringComparison.Ordinal));

    [Fact]
    public Task AText() => Verifier.Verify("a printed graph\nwithout a newline at its end");

    [Fact]
    public async Task AnotherFolder()
    {
        Directory.CreateDirectory(At("Expected"));
        File.WriteAllText(At("Expected/GptTests.Emits.verified.txt"), "text", new UTF8Encoding(true));

        await Verifier.Verify("text", At("GptTests.cs"), "Emits").UseDirectory("Expected");

        Assert.Empty(Files());
    }

    private static GeneratorDriver Drive(params string[] hintNames) => CSharpGeneratorDriver
        .Create(new FixedGenerator([.. hintNames]))
        .RunGenerators(CSharpCompilation.Create("Tests"));

    private void Verify(SnapshotAcceptance acceptance, params Snapshot[] snapshots) =>
        new SnapshotFolder(_directory, "GptTests.Emits").Verify(snapshots, acceptance);

    private string Fails(params Snapshot[] snapshots) =>
        Assert.Throws<SnapshotException>(() => Verify(SnapshotAcceptance.Compare, snapshots)).Message;

    private string At(string file) => Path.Combine(_directory, file);

    private string[] Files() => [.. Directory.GetFiles(_directory).Select(f => Path.GetFileName(f)).Order(StringComparer.Ordinal)];

#pragma warning disable RS1036, RS1038, RS1041, RS1042 // A generator for the tests alone.
    private sealed class FixedGenerator(ImmutableArray<string> hintNames) : IIncrementalGenerator
    {
        public void Initialize(IncrementalGeneratorInitializationContext context) => context.RegisterPostInitializationOutput(output =>
        {
            foreach (string name in hintNames)
            {
                output.AddSource(name, SourceText.From($"// {name}\n", Encoding.UTF8));
            }
        });
    }
#pragma warning restore
}
