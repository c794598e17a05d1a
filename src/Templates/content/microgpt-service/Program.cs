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
    app.MapGet("/", (string? prompt, double? temperature, long? seed, CancellationToken cancellation) =>
        Answer(temperature, settings => Results.Text(model.Sample(settings, prompt ?? "", seed ?? RandomSeed(), cancellation))));

    // Each piece as soon as it is drawn, as server-sent events. Whoever closes the connection ends the document.
    app.MapGet("/stream", (string? prompt, double? temperature, long? seed, CancellationToken cancellation) =>
        Answer(
            temperature,
            settings => TypedResults.ServerSentEvents(model.SampleAsync(settings, prompt ?? "", seed ?? RandomSeed(), cancellation))));

    // How probable the model finds a text, in nats.
    app.MapGet("/score", (string? text, CancellationToken cancellation) =>
        string.IsNullOrEmpty(text)
            ? Results.BadRequest("text: what is to be scored is expected.")
            : Answer(null, _ => Results.Ok(model.Score(text, cancellation))));
    app.Run();
}

return 0;

static IResult Answer(double? temperature, Func<SamplingSettings, IResult> answer)
{
    if (temperature is not (null or (>= 0 and <= 100)))
    {
        return Results.BadRequest("temperature: a number from 0 to 100 is expected.");
    }

    try
    {
        return answer(new SamplingSettings { Temperature = temperature ?? 0.5 });
    }
    catch (RunnerException e)
    {
        return Results.BadRequest($"text: {e.Message}");
    }
}

static long RandomSeed() => Random.Shared.NextInt64(1L << 31);
