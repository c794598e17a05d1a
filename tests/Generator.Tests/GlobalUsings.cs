// The one line that decides which Verify the snapshot tests use: our own, or Verify.SourceGenerators' (VerifyXunit.Verifier).
global using static MicroGpt.Generator.Ops.ProgramGraphs;
global using static MicroGpt.Generator.Tests.Snapshots.Verifier;
