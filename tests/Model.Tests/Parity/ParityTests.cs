namespace MicroGpt.Model.Tests.Parity;

/// <summary>Every check on every model of awkward shape, at the vector width that the machine prefers.</summary>
public class ParityTests
{
    public static TheoryData<string, string> Cases
    {
        get
        {
            var cases = new TheoryData<string, string>();
            foreach (ModelEntry entry in CompiledModels.All)
            {
                foreach (ParityCheck check in ParityCheck.All)
                {
                    cases.Add(entry.Name, check.Name);
                }
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Compiled_model(string model, string check) =>
        ParityCheck.All.Single(c => c.Name == check).Run(CompiledModels.All.Single(entry => entry.Name == model));

    /// <summary>A spec that the generator passed over would otherwise go unnoticed.</summary>
    [Fact]
    public void Every_spec_is_compiled()
    {
        string[] specs =
        [
            .. typeof(CompiledModels).Assembly.GetTypes()
                .Where(type => type.IsDefined(typeof(GptModelAttribute), false) || type.IsDefined(typeof(MlpModelAttribute), false))
                .Select(type => type.Name).Order(StringComparer.Ordinal),
        ];
        Assert.Equal(specs, CompiledModels.All.Select(entry => entry.Name).Order(StringComparer.Ordinal));
    }
}
