global using MicroGpt.TestSpecs;
global using Xunit;
