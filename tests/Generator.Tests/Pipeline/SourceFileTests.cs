using MicroGpt.Generator.Spec;
using Microsoft.CodeAnalysis.CSharp;
using Xunit;

namespace MicroGpt.Generator.Tests.Pipeline;

public sealed class SourceFileTests
{
    [Theory]
    [InlineData("/home/me/app/", "/home/me/app/Models/Small.cs", "Models/Small.cs")]
    [InlineData(@"C:\app\", @"C:\app\Models\Small.cs", "Models/Small.cs")]
    [InlineData("/home/me/app", "/home/me/application/Small.cs", "Small.cs")]
    [InlineData("", "/home/me/app/Small.cs", "Small.cs")]
    [InlineData("", "", "")]
    public void AFileIsNamedFromItsProjectsFolder(string folder, string path, string expected) =>
        Assert.Equal(expected, new Project(true, LanguageVersion.Default, "App", folder).Relative(path));

    [Fact]
    public void AModelSaysWhichFileItIsFrom()
    {
        string? file = null;
        TestProject project = TestProject.Of("""
            using MicroGpt;
            namespace App;
            [MlpModel(VocabSize = 27, NEmbd = 16)]
            public sealed partial class Small;
            """);
        var recording = project with
        {
            Compile = spec =>
            {
                file = spec.SourceFile;
                return project.Compile(spec);
            },
        };
        recording.Run();
        Assert.Equal("Spec.cs", file);
    }
}
