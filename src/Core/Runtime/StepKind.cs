namespace MicroGpt.Runtime;

/// <summary>What a model does with a loaded batch.</summary>
public enum StepKind
{
    /// <summary>Forward only.</summary>
    Loss = 0,

    /// <summary>Forward, then backward with the updates.</summary>
    Train = 1,

    /// <summary>Forward, then backward into stored gradients.</summary>
    Gradient = 2,

    /// <summary>Forward as far as the last keys and values.</summary>
    Prefill = 3,
}
