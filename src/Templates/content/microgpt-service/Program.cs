using MicroGpt.Runner;
using MicroGpt.Runner.Training;

var models = global::ServiceNamespace.CompiledModels.All;

// 'train', 'sample' and the other commands; without one the service starts.
if (args.Length > 0 && !args[0].StartsWith('-'))
{
    return RunnerApp.Run(args, models, RunnerConsole.OfProcess());
}

WebApplicationBuilder builder = WebApplication.CreateBuilder(args);
TrainedModel model;
try
{
    model = TrainedModel.Load(builder.Configuration["Model"] ?? "run", models);
}
catch (RunnerException e)
{
    Console.Error.WriteLine($"error: {e.Message} Train the model first: dotnet run -c Release -- train --data names.txt --save run");
    return e.ExitCode;
}

using (model)
{
    WebApplication app = builder.Build();
    app.MapGet("/", (string? prompt, double? temperature, long? seed, CancellationToken cancellation) =>
    {
        if (temperature is not (null or (>= 0 and <= 100)))
        {
            return Results.BadRequest("temperature: a number from 0 to 100 is expected.");
        }

        try
        {
            var settings = new SamplingSettings { Temperature = temperature ?? 0.5 };
            return Results.Text(model.Sample(settings, prompt ?? "", seed ?? Random.Shared.NextInt64(1L << 31), cancellation));
        }
        catch (RunnerException e)
        {
            return Results.BadRequest($"prompt: {e.Message}");
        }
    });
    app.Run();
}

return 0;
