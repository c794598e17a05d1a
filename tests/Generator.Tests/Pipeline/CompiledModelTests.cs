using MicroGpt.Generator.Spec;
using Microsoft.CodeAnalysis;
using Xunit;
using static MicroGpt.Generator.Tests.Diagnostics.DiagnosticAssertions;

namespace MicroGpt.Generator.Tests.Pipeline;

/// <summary>The generator as users have it, with the real model compiler.</summary>
public sealed class CompiledModelTests
{
    /// <summary>A place for a debugger, of which docs/debugging.md speaks: a spec through the whole generator.</summary>
    [Fact]
    public void Mine()
    {
        GeneratorRun run = (TestProject.Of("""
            using MicroGpt;
            namespace App;
            [GptModel(VocabSize = 27, BlockSize = 16, NEmbd = 16, NHead = 4, NLayer = 1)]
            public sealed partial class Mine;
            """) with { Compile = TestSpecs.Compile }).Run();

        AssertDiagnostics(run);
        Assert.Contains("Mine.Forward.g.cs", run.Files.Keys);
    }

    /// <summary>MGPT013 is only as good as the list of names behind it.</summary>
    [Fact]
    public void EveryGeneratedMemberIsOnTheListOfNames()
    {
        GeneratorRun run = (TestProject.Of("""
            using MicroGpt;
            namespace App;
            [GptModel(VocabSize = 5, BlockSize = 2, NEmbd = 2, NHead = 1, NLayer = 2)] public sealed partial class Gpt;
            [MlpModel(VocabSize = 5, NEmbd = 2)] partial class Mlp;
            """) with { Compile = TestSpecs.Compile }).Run();
        AssertDiagnostics(run);
        var contract = GeneratedMembers.Contract.Select(part => run.Output.GetTypeByMetadataName(part)!);
        var promised = contract.SelectMany(part => part.AllInterfaces.Add(part)).SelectMany(i => i.GetMembers())
            .Where(m => m is not IMethodSymbol { AssociatedSymbol: not null })
            .Select(m => m.Name).Append(WellKnownMemberNames.InstanceConstructorName).ToHashSet();

        foreach (string model in new[] { "App.Gpt", "App.Mlp" })
        {
            ISymbol[] members = [.. run.Output.GetTypeByMetadataName(model)!.GetMembers()
                .Where(m => !m.IsImplicitlyDeclared && m is not IMethodSymbol { AssociatedSymbol: not null })];

            Assert.NotEmpty(members);
            Assert.Empty(promised.Except(members.Select(m => m.Name)));
            Assert.DoesNotContain(members, m => !promised.Contains(m.Name) && !GeneratedMembers.Conflict(m));
        }
    }
}
