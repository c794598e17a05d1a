using System.Reflection.Metadata;
using Xunit;

namespace MicroGpt.Generator.Tests.Pipeline;

/// <summary>What a debugger needs to step into generated code, in the library as it is built.</summary>
public sealed class DebuggingTests
{
    // The compiler's identifier of a document's embedded source, from the specification of portable PDBs.
    private static readonly Guid EmbeddedSource = new("0E8A571B-6926-466E-B4AD-8AB04611F5FE");

    [Theory]
    [InlineData("NamesGpt.Forward.g.cs")]
    [InlineData("NamesGpt.Backward.g.cs")]
    public void SymbolsHoldTheGeneratedSourceAndItsLines(string file)
    {
        using FileStream stream = File.OpenRead(Path.ChangeExtension(typeof(NamesGpt).Assembly.Location, ".pdb"));
        using var provider = MetadataReaderProvider.FromPortablePdbStream(stream);
        MetadataReader reader = provider.GetMetadataReader();

        DocumentHandle document =
            Assert.Single(reader.Documents, d => reader.GetString(reader.GetDocument(d).Name).EndsWith("/" + file, StringComparison.Ordinal)
            || reader.GetString(reader.GetDocument(d).Name).EndsWith("\\" + file, StringComparison.Ordinal));
        bool embedded = reader.GetCustomDebugInformation(document)
            .Any(h => reader.GetGuid(reader.GetCustomDebugInformation(h).Kind) == EmbeddedSource);
        int lines = reader.MethodDebugInformation
            .Select(reader.GetMethodDebugInformation)
            .SelectMany(m => m.GetSequencePoints())
            .Count(p => p.Document == document && !p.IsHidden);

        Assert.True(embedded || File.Exists(reader.GetString(reader.GetDocument(document).Name)));
        Assert.True(lines > 10, $"{lines} lines to stop at");
    }
}
