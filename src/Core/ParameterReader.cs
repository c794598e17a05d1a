namespace MicroGpt;

/// <summary>Gives the elements of a parameter, or of what is kept of one.</summary>
/// <param name="parameter">The parameter.</param>
/// <param name="values">[<see cref="ParameterInfo.Count"/>] to be filled, in canonical form.</param>
public delegate void ParameterReader(ParameterInfo parameter, Span<double> values);
