using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace MicroGpt.Generator.Reader;

/// <summary>Calls of the language: what makes parameters is the evaluator's, the rest is recorded.</summary>
internal sealed partial class Evaluator
{
    private const int MostLayers = 10_000;

    private object? CallFunction(IMethodSymbol method, object?[] arguments, IOperation call, object? self = null)
    {
        switch (method.Name)
        {
            case "Matrix":
                return Make(new ParameterValue(
                    call, (int)Argument("rows")!, (int)Argument("columns")!, 0, (double?)Argument("std"), (string?)Argument("name")));
            case "Vector":
                return Make(new ParameterValue(
                    call, null, (int)Argument("length")!, (double)Argument("value")!, (double?)Argument("std"), (string?)Argument("name")));
            case "Layers":
                if (_making is not MakingOf.Field)
                {
                    throw Refuse(call, Spec.Diagnostics.MadeElsewhere, Where());
                }

                int count = (int)Argument("count")!;
                if (count is < 0 or > MostLayers)
                {
                    throw Refuse(call, Spec.Diagnostics.OutOfRange, Text(count, call), $"a number of layers from 0 to {MostLayers}");
                }

                return Layers(count, method.TypeArguments.FirstOrDefault(), Argument("make") as Closure, (string?)Argument("name"), call);
        }

        if (_making != MakingOf.Nothing)
        {
            throw Refuse(call, Spec.Diagnostics.ComputedWhileMade);
        }

        return language.Call(method, self, arguments, call, this);

        object? Argument(string name)
        {
            int place = method.Parameters.ToList().FindIndex(p => p.Name == name);
            return place < 0 ? null : arguments[place];
        }
    }
}