using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Spec;

namespace MicroGpt.Generator;

/// <summary>An exception of the model compiler, to be reported as MGPT099 instead of the C# compiler's bare CS8785.</summary>
/// <param name="Class">The spec class.</param>
/// <param name="Pass">Where it happened.</param>
/// <param name="Op">On which op; may be empty.</param>
/// <param name="Message">What happened.</param>
internal sealed record FailureReport(ClassName Class, string Pass, string Op, string Message)
{
    public static FailureReport Of(ClassName @class, Exception failure)
    {
        var known = failure as CompilerException;
        Exception cause = known?.InnerException ?? failure;
        string message = known is null || known.InnerException is not null ? $"{cause.GetType().Name}: {cause.Message}" : known.Message;
        if (known?.InnerException is not null && known.Message.Length > 0)
        {
            message = known.Message + " (" + message + ")";
        }

        return new FailureReport(
            @class, known?.Pass ?? "(unknown)", known?.Op ?? "", string.Join(" ", message.Split('\r', '\n')).TrimEnd('.', ' '));
    }

    /// <summary>The error, at the class's attribute.</summary>
    public DiagnosticInfo At(SourcePlace place) => DiagnosticInfo.At(
        place, Diagnostics.InternalFailure, Class.Name, Pass, Op.Length == 0 ? "" : $" at op {Op}", Message);
}
