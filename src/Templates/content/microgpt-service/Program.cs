using System.Globalization;
using System.Net.ServerSentEvents;
using MicroGpt.Runner;
using MicroGpt.Runner.Training;

var models = global::ServiceNamespace.CompiledModels.All;

// 'train', 'sample' and the other commands; without one the service starts.
if (args.Length > 0 && !args[0].StartsWith('-'))
{
    return RunnerApp.Run(args, models, RunnerConsole.OfProcess());
}

WebApplicationBuilder builder = WebApplication.CreateSlimBuilder(args);
builder.Services.ConfigureHttpJsonOptions(
    options => options.SerializerOptions.TypeInfoResolverChain.Insert(0, global::ServiceNamespace.ServiceJson.Default));
TrainedModel model;
try
{
    model = TrainedModel.Load(builder.Configuration["Model"] ?? "run", models);
}
catch (RunnerException e)
{
    Console.Error.WriteLine(
        $"error: {e.Message.TrimEnd('.')}. Train the model first: dotnet run -c Release -- train --data names.txt --save run");
    return e.ExitCode;
}

using (model)
{
    WebApplication app = builder.Build();
    app.MapGet("/", (string? prompt, string? temperature, string? seed, CancellationToken cancellation) =>
        Sampled(temperature, seed, (settings, number) => Results.Text(model.Sample(settings, prompt ?? "", number, cancellation))));

    // Each piece as soon as it is drawn, as server-sent events, and an event 'end' after the last: a browser's EventSource would else
    // connect anew for another document. Whoever closes the connection ends the document.
    app.MapGet("/stream", (string? prompt, string? temperature, string? seed, CancellationToken cancellation) =>
        Sampled(
            temperature,
            seed,
            (settings, number) =>
                TypedResults.ServerSentEvents(Events(model.SampleAsync(settings, prompt ?? "", number, cancellation)))));

    // How probable the model finds a text, in nats.
    app.MapGet("/score", (string? text, CancellationToken cancellation) =>
        string.IsNullOrEmpty(text)
            ? Results.BadRequest("text: what is to be scored is expected.")
            : Answer("text", () => Results.Ok(model.Score(text, cancellation))));
    app.Run();
}

return 0;

static IResult Sampled(string? temperature, string? seed, Func<SamplingSettings, long, IResult> answer)
{
    double heat = 0.5;
    long number = Random.Shared.NextInt64(1L << 31);
    if (!string.IsNullOrEmpty(temperature)
        && !(double.TryParse(temperature, NumberStyles.Float, CultureInfo.InvariantCulture, out heat) && heat is >= 0 and <= 100))
    {
        return Results.BadRequest($"temperature: a number from 0 to 100 is expected, not '{temperature}'.");
    }

    if (!string.IsNullOrEmpty(seed) && !long.TryParse(seed, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out number))
    {
        return Results.BadRequest($"seed: a whole number of 64 bits is expected, not '{seed}'.");
    }

    return Answer("prompt", () => answer(new SamplingSettings { Temperature = heat }, number));
}

// What the model cannot read is a mistake of the caller, in the parameter of that name.
static IResult Answer(string parameter, Func<IResult> answer)
{
    try
    {
        return answer();
    }
    catch (RunnerException e)
    {
        return Results.BadRequest($"{parameter}: {e.Message}");
    }
}

static async IAsyncEnumerable<SseItem<string>> Events(IAsyncEnumerable<string> pieces)
{
    await foreach (string piece in pieces)
    {
        yield return new SseItem<string>(piece);
    }

    yield return new SseItem<string>("", "end");
}
