using System.Diagnostics;
using System.Globalization;
using MicroGpt;
using MicroGpt.Bench;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

// dotnet run -c Release --project bench/LibTorch -- [rounds] [model ...]      one thread each, in turns, in one process
(string Name, int Documents)[] cases = [("Chars128", 16), ("Chars384", 4), ("Words768", 4)];
const double LearningRate = 1e-3;
CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
int rounds = 9;
string[] asked = args;
if (args.Length > 0 && int.TryParse(args[0], out rounds))
{
    asked = args[1..];
}

if (rounds < 1 || asked.FirstOrDefault(name => !cases.Any(c => c.Name == name)) is not null)
{
    Console.Error.WriteLine($"usage: [rounds, at least 1] [{string.Join(" | ", cases.Select(c => c.Name))} ...]");
    return 2;
}

try
{
    set_num_threads(1);
}
catch (Exception e) when (e is DllNotFoundException or NotSupportedException or TypeInitializationException)
{
    // Of Debian 12, for example.
    Console.Error.WriteLine(
        "LibTorch does not load on this machine, so that there is nothing to compare with. On Linux it asks for the libstdc++ of GCC 13 "
        + "or a later one; 'ldd' says what libLibTorchSharp.so does not find.");
    return 1;
}

Console.WriteLine("model     documents   compiled ms (median)     LibTorch ms (median)   ratio of the fastest   losses");
foreach ((string name, int documents) in cases.Where(c => asked.Length == 0 || asked.Contains(c.Name)))
{
    ModelEntry entry = CompiledModels.All.Single(m => m.Name == name);
    ModelDescription description = entry.Description;
    int block = description.BlockSize!.Value, rows = documents * block;
    var random = new Random(1);
    int[] Tokens() => [.. Enumerable.Range(0, rows).Select(_ => random.Next(description.VocabSize))];
    int[] tokens = Tokens(), targets = Tokens(), starts = [.. Enumerable.Range(0, documents + 1).Select(d => d * block)];
    double[] parameters = [.. Enumerable.Range(0, description.ParameterCount).Select(_ => (random.NextDouble() - 0.5) * 0.1)];

    using ICompiledModel compiled = entry.Create(rows);
    compiled.Threads = 1;
    compiled.LoadParameters(parameters);
    using var torch = new TorchGpt(description, parameters, LearningRate);
    using Tensor tokensOf = tensor(tokens, [documents, block], dtype: ScalarType.Int64);
    using Tensor targetsOf = tensor(targets, dtype: ScalarType.Int64);
    double ours = 0, theirs = 0;
    List<double> oursTook = [], theirsTook = [];
    for (int round = -1; round < rounds; round++)
    {
        var clock = Stopwatch.StartNew();
        ours = compiled.TrainStep(new Batch(tokens, targets, starts), LearningRate);
        double first = clock.Elapsed.TotalMilliseconds;
        theirs = torch.TrainStep(tokensOf, targetsOf);
        double second = clock.Elapsed.TotalMilliseconds - first;
        if (Math.Abs(ours - theirs) > 1e-3 * ours)
        {
            Console.Error.WriteLine($"{name}: the losses of step {round + 2} differ, {ours:F6} and {theirs:F6}: not the same model");
            return 1;
        }

        // The first step compiles, and fills the caches.
        if (round >= 0)
        {
            oursTook.Add(first);
            theirsTook.Add(second);
        }
    }

    Console.WriteLine(
        $"{name,-9} {documents,9} {oursTook.Min(),12:F1} {Median(oursTook),11:F1} {theirsTook.Min(),12:F1} {Median(theirsTook),11:F1} "
        + $"{theirsTook.Min() / oursTook.Min(),16:F2}          {ours:F4} {theirs:F4}");
}

return 0;

static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
