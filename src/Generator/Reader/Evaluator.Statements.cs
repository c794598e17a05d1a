using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace MicroGpt.Generator.Reader;

/// <summary>Statements. A mistake in one leaves what it would have assigned unknown, and the next is read.</summary>
internal sealed partial class Evaluator
{
    private enum Flow
    {
        Next,
        Break,
        Continue,
        Return,
    }

    private Flow RunAll(ImmutableArray<IOperation> statements, Frame frame)
    {
        foreach (IOperation statement in statements)
        {
            Flow flow = RunStatement(statement, frame);
            if (flow != Flow.Next)
            {
                return flow;
            }
        }

        return Flow.Next;
    }

    private Flow RunStatement(IOperation statement, Frame frame)
    {
        Step(statement);
        switch (statement)
        {
            case IBlockOperation block:
                return RunAll(block.Operations, frame);
            case IVariableDeclarationGroupOperation group:
                foreach (IVariableDeclaratorOperation variable in group.Declarations.SelectMany(d => d.Declarators))
                {
                    Declare(variable, (variable.Parent as IVariableDeclarationOperation)?.Initializer, frame);
                }

                return Flow.Next;
            case IExpressionStatementOperation expression:
                Guarded(() => Evaluate(expression.Operation, frame), () => Forget(expression.Operation, frame));
                return Flow.Next;
            case IReturnOperation { Kind: OperationKind.Return } result:
                Guarded(
                    () =>
                    {
                        frame.Result = result.ReturnedValue is null ? null : Evaluate(result.ReturnedValue, frame);
                        LastReturned = result.ReturnedValue?.Syntax;
                    },
                    () => frame.Result = Unknown.Value);
                return Flow.Return;
            case IConditionalOperation choice:
                return Condition(choice.Condition, frame)
                    ? RunStatement(choice.WhenTrue, frame)
                    : choice.WhenFalse is null ? Flow.Next : RunStatement(choice.WhenFalse, frame);
            case IForLoopOperation loop:
                RunAll(loop.Before, frame);
                return Repeat(
                    loop.Body, frame, () => loop.Condition is null || Condition(loop.Condition, frame), () => Advance(loop, frame));
            case IWhileLoopOperation { ConditionIsTop: true } loop:
                return Repeat(loop.Body, frame, () => Condition(loop.Condition!, frame), () => { });
            case IWhileLoopOperation loop:
                bool first = true;
                return Repeat(loop.Body, frame, () => first ? !(first = false) : Condition(loop.Condition!, frame), () => { });
            case IForEachLoopOperation { IsAsynchronous: false } loop:
                return ForEach(loop, frame);
            case ISwitchOperation choice:
                return Switch(choice, frame);
            case IBranchOperation { BranchKind: BranchKind.Break }:
                return Flow.Break;
            case IBranchOperation { BranchKind: BranchKind.Continue }:
                return Flow.Continue;
            case ILocalFunctionOperation or IEmptyOperation:
                return Flow.Next;
            case ILabeledOperation { Operation: null }:
                return Flow.Next;
            case IReturnOperation:
                throw Refuse(statement, Spec.Diagnostics.Asynchronous, "this method", "an iterator");
            case IThrowOperation thrown:
                throw Thrown(thrown, frame);
            case ITryOperation or IUsingOperation or IUsingDeclarationOperation:
                throw Refusal(statement, Spec.Diagnostics.Exceptions, statement is ITryOperation ? "try" : "using");
            case IForEachLoopOperation:
                throw Refusal(statement, Spec.Diagnostics.Asynchronous, "this loop", "asynchronous");
            default:
                (string what, string advice) = Refusals.Describe(statement);
                throw Refusal(statement, Spec.Diagnostics.NotInLanguage, what, advice);
        }
    }

    /// <summary>A refused statement: the keyword bears the error, not all the lines that follow it.</summary>
    private Halt Refusal(IOperation statement, DiagnosticDescriptor descriptor, params string[] arguments) =>
        new(At(statement.Syntax, descriptor, arguments) with { Place = Refusals.Keyword(statement.Syntax) });

    private Halt Thrown(IThrowOperation thrown, Frame frame)
    {
        string message = "";
        IOperation? exception = thrown.Exception is IConversionOperation conversion ? conversion.Operand : thrown.Exception;
        if (exception is IObjectCreationOperation { Arguments: [var first, ..] }
            && first.Value.Type?.SpecialType == SpecialType.System_String)
        {
            try
            {
                message = Evaluate(first.Value, frame) as string ?? "";
            }
            catch (Fault)
            {
                // The message is more than a model knows: the place says enough.
            }
        }

        return Stop(thrown, Spec.Diagnostics.Thrown, message.Length > 0 ? ": " + message : "");
    }

    private void Guarded(Action run, Action forget)
    {
        try
        {
            run();
        }
        catch (Fault fault)
        {
            Report(fault.Diagnostic);
            forget();
        }
    }

    private void Declare(IVariableDeclaratorOperation variable, IVariableInitializerOperation? shared, Frame frame)
    {
        if (variable.Symbol.RefKind != RefKind.None)
        {
            throw Refusal(variable, Spec.Diagnostics.NotInLanguage, "a reference to a variable", "copy the value");
        }

        IOperation? value = (variable.Initializer ?? shared)?.Value;
        Guarded(
            () =>
            {
                object? result = value is null ? null : Evaluate(value, frame);
                language.SetName(result, variable.Symbol.Name);
                frame.Declare(variable.Symbol, result);
            },
            () =>
            {
                frame.Declare(variable.Symbol, Unknown.Value);
                if (value is not null)
                {
                    Forget(value, frame);
                }
            });
    }

    /// <summary>What a statement at fault would have assigned is unknown from there on.</summary>
    private static void Forget(IOperation expression, Frame frame)
    {
        IOperation? target = expression switch
        {
            IAssignmentOperation assignment => assignment.Target,
            IIncrementOrDecrementOperation increment => increment.Target,
            _ => null,
        };
        IEnumerable<IOperation> byReference = expression.DescendantsAndSelf().OfType<IArgumentOperation>()
            .Where(a => a.Parameter is { RefKind: RefKind.Out or RefKind.Ref }).Select(a => a.Value);
        foreach (IOperation each in byReference.Concat(target is null ? [] : [target]).SelectMany(t => t.DescendantsAndSelf()))
        {
            switch (each)
            {
                case ILocalReferenceOperation { IsDeclaration: true } local:
                    frame.Declare(local.Local, Unknown.Value);
                    break;
                case ILocalReferenceOperation local when frame.Find(local.Local) is { } cell:
                    cell.Value = Unknown.Value;
                    break;
                case IParameterReferenceOperation parameter when frame.Find(parameter.Parameter) is { } cell:
                    cell.Value = Unknown.Value;
                    break;
                case IFieldReferenceOperation { Instance: IInstanceReferenceOperation } field when frame.This is Instance self:
                    Store(self, field.Field.OriginalDefinition, Unknown.Value);
                    break;
            }
        }
    }

    private bool Condition(IOperation condition, Frame frame)
    {
        object? value;
        try
        {
            value = Evaluate(condition, frame);
        }
        catch (Fault fault)
        {
            Report(fault.Diagnostic);
            throw new Halt(null);
        }

        return value as bool? ?? throw Stop(condition, Spec.Diagnostics.ConditionUnknown);
    }

    private Flow Repeat(IOperation body, Frame frame, Func<bool> condition, Action advance)
    {
        while (condition())
        {
            Step(body);
            switch (RunStatement(body, frame))
            {
                case Flow.Break:
                    return Flow.Next;
                case Flow.Return:
                    return Flow.Return;
            }

            advance();
        }

        return Flow.Next;
    }

    /// <summary>Between two turns of a <c>for</c>: all turns share the variable, as in C#.</summary>
    private void Advance(IForLoopOperation loop, Frame frame) => RunAll(loop.AtLoopBottom, frame);

    private Flow ForEach(IForEachLoopOperation loop, Frame frame)
    {
        object? collection = null;
        try
        {
            collection = Evaluate(loop.Collection, frame);
        }
        catch (Fault fault)
        {
            Report(fault.Diagnostic);
            throw new Halt(null);
        }

        object?[] items = collection switch
        {
            ArrayValue array => array.Items,
            null => throw Stop(loop.Collection, Spec.Diagnostics.Null, loop.Collection.Syntax.ToString()),
            _ => throw new Halt(At(loop.Collection.Syntax, Spec.Diagnostics.Collection, Refusals.TypeName(loop.Collection.Type))),
        };
        foreach (object? item in items)
        {
            Step(loop.Body);
            if (loop.LoopControlVariable is IVariableDeclaratorOperation variable)
            {
                frame.Declare(variable.Symbol, item);
            }
            else
            {
                Guarded(() => Assign(loop.LoopControlVariable, item, frame), () => { });
            }

            switch (RunStatement(loop.Body, frame))
            {
                case Flow.Break:
                    return Flow.Next;
                case Flow.Return:
                    return Flow.Return;
            }
        }

        return Flow.Next;
    }

    private Flow Switch(ISwitchOperation choice, Frame frame)
    {
        object? value;
        try
        {
            value = Evaluate(choice.Value, frame);
            foreach (ISwitchCaseOperation section in choice.Cases)
            {
                if (section.Clauses.Any(c => c is not IDefaultCaseClauseOperation && Matches(c, value, frame)))
                {
                    return Section(section, frame);
                }
            }
        }
        catch (Fault fault)
        {
            Report(fault.Diagnostic);
            throw new Halt(null);
        }

        ISwitchCaseOperation? otherwise = choice.Cases.FirstOrDefault(c => c.Clauses.Any(l => l is IDefaultCaseClauseOperation));
        return otherwise is null ? Flow.Next : Section(otherwise, frame);
    }

    private Flow Section(ISwitchCaseOperation section, Frame frame)
    {
        Flow flow = RunAll(section.Body, frame);
        return flow == Flow.Break ? Flow.Next : flow;
    }

    private bool Matches(ICaseClauseOperation clause, object? value, Frame frame) => clause switch
    {
        ISingleValueCaseClauseOperation single => Same(Evaluate(single.Value, frame), value, single),
        IPatternCaseClauseOperation pattern =>
            Matches(pattern.Pattern, value, frame) && (pattern.Guard is null || Condition(pattern.Guard, frame)),
        _ => throw Refuse(clause, Spec.Diagnostics.NotInLanguage, "this case", "compare with a constant"),
    };
}
