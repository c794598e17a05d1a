namespace MicroGpt;

/// <summary>
/// The part of the contract that a checkpoint needs beside the parameters: what an update keeps from step to step, by name, in the
/// canonical form of parameters. A model into which parameters and state are loaded trains on as the one that they came from, to the last
/// bit.
/// </summary>
/// <remarks>
/// The state belongs to the update that is compiled into the training step, or to a <see cref="GradientOptimizer"/>, which keeps it in the
/// model's own layout: the methods are given the optimizer then, and null for the compiled update.
/// </remarks>
public interface IModelState
{
    /// <summary>
    /// What the compiled update keeps, one number for each parameter and name; empty for SGD. A <see cref="GradientOptimizer"/> has names
    /// of its own (<see cref="GradientOptimizer.StateNames"/>).
    /// </summary>
    IReadOnlyList<string> StateNames { get; }

    /// <summary>
    /// Steps of the compiled update since parameters were loaded; setting it restores all that follows from the number, such as Adam's bias
    /// correction. That of a <see cref="GradientOptimizer"/> is <see cref="GradientOptimizer.Steps"/>.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    long Updates { get; set; }

    /// <summary>Copies out one part of the state, in canonical form.</summary>
    /// <param name="optimizer">Whose state; null for the compiled update.</param>
    /// <param name="name">One of its names.</param>
    /// <param name="destination"><see cref="ModelDescription.ParameterCount"/> elements.</param>
    /// <exception cref="ArgumentException">There is no state of that name, or the span has another length.</exception>
    /// <exception cref="InvalidOperationException">The optimizer serves another model.</exception>
    void CopyStateTo(GradientOptimizer? optimizer, string name, Span<double> destination);

    /// <summary>Replaces one part of the state, given in canonical form. Load parameters first: that forgets the state.</summary>
    /// <param name="optimizer">Whose state; null for the compiled update.</param>
    /// <param name="name">One of its names.</param>
    /// <param name="source"><see cref="ModelDescription.ParameterCount"/> elements.</param>
    /// <exception cref="ArgumentException">There is no state of that name, or the span has another length.</exception>
    /// <exception cref="InvalidOperationException">The optimizer serves another model.</exception>
    void LoadState(GradientOptimizer? optimizer, string name, ReadOnlySpan<double> source);

    /// <summary>Copies out what one part of the state has of one parameter.</summary>
    /// <param name="optimizer">
    /// Whose state; null for the compiled update. That of several ranks is collected anew by every call: copy it out at once.
    /// </param>
    /// <param name="name">One of its names.</param>
    /// <param name="parameter">One of <see cref="ModelDescription.Parameters"/>.</param>
    /// <param name="destination"><see cref="ParameterInfo.Count"/> elements.</param>
    /// <exception cref="ArgumentException">There is no state of that name, or the span has another length.</exception>
    /// <exception cref="InvalidOperationException">The optimizer serves another model.</exception>
    void CopyStateTo(GradientOptimizer? optimizer, string name, ParameterInfo parameter, Span<double> destination);

    /// <summary>Replaces one part of the state, parameter by parameter. Load parameters first: that forgets the state.</summary>
    /// <param name="optimizer">Whose state; null for the compiled update.</param>
    /// <param name="name">One of its names.</param>
    /// <param name="read">Is called once for each of <see cref="ModelDescription.Parameters"/>, in their order.</param>
    /// <exception cref="ArgumentException">There is no state of that name.</exception>
    /// <exception cref="InvalidOperationException">The optimizer serves another model.</exception>
    void LoadState(GradientOptimizer? optimizer, string name, ParameterReader read);
}
