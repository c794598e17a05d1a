using System.Text.Json.Serialization;
using MicroGpt.Runner.Evaluation;

namespace ServiceNamespace;

/// <summary>What is answered as JSON. It is named here, because a native program does not look at types while it runs.</summary>
[JsonSerializable(typeof(HeldOutLoss))]
[JsonSerializable(typeof(string))]
internal sealed partial class ServiceJson : JsonSerializerContext;
