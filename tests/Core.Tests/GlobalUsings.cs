global using Xunit;
global using static MicroGpt.Functions;
