using MicroGpt.Generator.Graph;
using Xunit;

namespace MicroGpt.Generator.Tests.Emit;

public sealed class MlpTests
{
    [Fact]
    public Task PrintsTheFinalGraph() => Verify(GraphPrinter.Print(TestSpecs.Mlp(vocabSize: 5, nEmbd: 2).RunPasses().Training));
}
