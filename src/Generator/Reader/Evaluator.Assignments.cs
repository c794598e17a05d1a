using MicroGpt.Generator.Spec;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace MicroGpt.Generator.Reader;

/// <summary>What is assigned to.</summary>
internal sealed partial class Evaluator
{
    private void Assign(IOperation target, object? value, Frame frame)
    {
        switch (target)
        {
            case ILocalReferenceOperation { IsDeclaration: true } local:
                frame.Declare(local.Local, value);
                break;
            case ILocalReferenceOperation { Local.RefKind: RefKind.None } local:
                if (frame.Find(local.Local) is { } cell)
                {
                    cell.Value = value;
                }
                else
                {
                    frame.Declare(local.Local, value);
                }

                break;
            case IParameterReferenceOperation { Parameter.RefKind: RefKind.None } parameter when frame.Find(parameter.Parameter) is { } own:
                own.Value = value;
                break;
            case IDiscardOperation:
                break;
            case IDeclarationExpressionOperation declaration:
                Assign(declaration.Expression, value, frame);
                break;
            case ITupleOperation tuple when value is TupleValue parts:
                for (int i = 0; i < tuple.Elements.Length; i++)
                {
                    if (tuple.Elements[i] is IDeclarationExpressionOperation { Expression: ILocalReferenceOperation named })
                    {
                        language.SetName(parts.Items[i], named.Local.Name);
                    }
                    else if (tuple.Elements[i] is ILocalReferenceOperation plain)
                    {
                        language.SetName(parts.Items[i], plain.Local.Name);
                    }

                    Assign(tuple.Elements[i], parts.Items[i], frame);
                }

                break;
            case IArrayElementReferenceOperation { Indices.Length: 1 } element:
                SetElement(element, Evaluate(element.ArrayReference, frame), Evaluate(element.Indices[0], frame), value);
                break;
            case IFieldReferenceOperation { Instance: IInstanceReferenceOperation } field when Constructing(frame) is { } self:
                RequireReadOnly(field.Field.OriginalDefinition, field);
                Store(self, field.Field.OriginalDefinition, value);
                break;
            case IPropertyReferenceOperation { Instance: IInstanceReferenceOperation { ReferenceKind: var kind } receiver } property
                when (kind == InstanceReferenceKind.ImplicitReceiver
                    ? Evaluate(receiver, frame) as Instance : Constructing(frame)) is { } self
                    && Backing(property.Property) is { } backing:
                Store(self, backing, value);
                break;
            case IFieldReferenceOperation field:
                RequireReadOnly(field.Field.OriginalDefinition, field);
                throw Refuse(target, Spec.Diagnostics.MutableField, field.Field.Name);
            case IPropertyReferenceOperation property:
                throw Refuse(target, Spec.Diagnostics.MutableField, property.Property.Name);
            case IParameterReferenceOperation parameter:
                throw Refuse(target, Spec.Diagnostics.MutableField, parameter.Parameter.Name);
            default:
                throw Refuse(target, Spec.Diagnostics.NotInLanguage, "this assignment", "assign to local variables");
        }
    }

    /// <summary>An element is found before what goes into it is computed, as C# has it: <c>a[i++] = i</c>.</summary>
    private object? AssignElement(IArrayElementReferenceOperation element, IOperation value, Frame frame)
    {
        object? of = Evaluate(element.ArrayReference, frame);
        object? index = Evaluate(element.Indices[0], frame);
        object? assigned = Evaluate(value, frame);
        SetElement(element, of, index, assigned);
        return assigned;
    }

    private void SetElement(IArrayElementReferenceOperation element, object? of, object? index, object? value)
    {
        if (of is not ArrayValue array)
        {
            throw Refuse(element, Spec.Diagnostics.Null, element.ArrayReference.Syntax.ToString());
        }

        if (array.IsFixed)
        {
            throw Refuse(element, Spec.Diagnostics.MutableField, element.ArrayReference.Syntax.ToString());
        }

        array.Items[Checked(index, array, element)] = value;
    }

    /// <summary>The object whose constructor is being read.</summary>
    private Instance? Constructing(Frame frame) =>
        frame.Method is { MethodKind: MethodKind.Constructor } && frame.This is Instance self ? self : null;

    private sealed class Evaluating;
}
