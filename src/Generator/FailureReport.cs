using System;
using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Spec;
using Microsoft.CodeAnalysis;

namespace MicroGpt.Generator;

/// <summary>Describes an exception of the model compiler as MGPT099 instead of the C# compiler's bare CS8785.</summary>
internal static class FailureReport
{
    public static Diagnostic Describe(ModelSpec spec, Exception failure)
    {
        var known = failure as CompilerException;
        Exception cause = known?.InnerException ?? failure;
        string message = known is null || known.InnerException is not null ? $"{cause.GetType().Name}: {cause.Message}" : known.Message;
        if (known?.InnerException is not null && known.Message.Length > 0)
        {
            message = known.Message + " (" + message + ")";
        }

        return Diagnostic.Create(
            Diagnostics.InternalFailure,
            Location.None,
            spec.Name,
            known?.Pass ?? "(unknown)",
            string.IsNullOrEmpty(known?.Op) ? "" : $" at op {known!.Op}",
            string.Join(" ", message.Split('\r', '\n')).TrimEnd('.', ' '));
    }
}
