//HintName: Second.g.cs
// Second.g.cs
