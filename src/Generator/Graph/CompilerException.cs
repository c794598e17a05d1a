namespace MicroGpt.Generator.Graph;

/// <summary>An internal failure, with the pass and the op in which it happened (reported as MGPT099).</summary>
internal sealed class CompilerException(string pass, string op, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Name of the pass, such as <c>PlanMemory</c>.</summary>
    public string Pass { get; } = pass;

    /// <summary>Name of the op or node, or an empty string.</summary>
    public string Op { get; } = op;

    /// <summary>The result of an action; what it throws becomes a <see cref="CompilerException"/> that names the pass.</summary>
    public static T Guard<T>(string pass, Func<T> action, string op = "")
    {
        try
        {
            return action();
        }
        catch (Exception e) when (e is not CompilerException)
        {
            throw new CompilerException(pass, op, e.Message, e);
        }
    }
}
