//HintName: First.g.cs
// First.g.cs
