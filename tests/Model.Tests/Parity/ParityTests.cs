namespace MicroGpt.Model.Tests.Parity;

/// <summary>Every check on every model, at the vector width that the machine prefers.</summary>
public class ParityTests
{
    public static TheoryData<string, string> Cases
    {
        get
        {
            var cases = new TheoryData<string, string>();
            foreach (ModelEntry entry in CheckedModels.All)
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
        ParityCheck.All.Single(c => c.Name == check).Run(CheckedModels.All.Single(entry => entry.Name == model));

    /// <summary>A spec that the generator passed over would otherwise go unnoticed.</summary>
    [Theory]
    [InlineData(typeof(NamesGpt))]
    [InlineData(typeof(PrimeWidth))]
    public void Every_spec_of_the_assembly_is_checked(Type example)
    {
        IEnumerable<string> specs = example.Assembly.GetTypes()
            .Where(type =>
                new[] { typeof(GptModelAttribute), typeof(MlpModelAttribute), typeof(ModelAttribute) }.Any(a => type.IsDefined(a, false)))
            .Select(type => type.Name);
        Assert.Subset(CheckedModels.All.Select(entry => entry.Name).ToHashSet(), specs.ToHashSet());
    }
}
