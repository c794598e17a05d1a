namespace MicroGpt.Generator.Graph;

/// <summary>What passes ask of the machine that a graph is compiled for. Everything else about a target is its own affair.</summary>
internal interface ITarget
{
    /// <summary>Elements that one result of a node takes in memory, a row.</summary>
    long StorageElements(Node node, int part);
}
