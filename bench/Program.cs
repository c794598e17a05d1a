using BenchmarkDotNet.Running;

// dotnet run -c Release --project bench -- --filter '*Exp*'      (--list flat shows what there is)
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
