using System.Globalization;
using MicroGpt.Generator.Spec;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace MicroGpt.Generator.Reader;

/// <summary>Parameters, fields and properties.</summary>
internal sealed partial class Evaluator
{
    private object? ReadParameter(IParameterReferenceOperation reference, Frame frame)
    {
        if (frame.Find(reference.Parameter) is { } cell)
        {
            return cell.Value;
        }

        return frame.This is Instance self && self.Fields.TryGetValue(reference.Parameter.OriginalDefinition, out object? value)
            ? value
            : throw Refuse(reference, Spec.Diagnostics.NotInLanguage, "a parameter that has no value here", "give it one");
    }

    private object? ReadField(IFieldReferenceOperation reference, object? self)
    {
        IFieldSymbol field = reference.Field.OriginalDefinition;
        if (self is TupleValue tuple)
        {
            IFieldSymbol element = reference.Field.CorrespondingTupleField ?? reference.Field;
            return tuple.Items[int.Parse(element.Name.Substring("Item".Length), CultureInfo.InvariantCulture) - 1];
        }

        if (field.IsStatic)
        {
            return ReadStatic(reference, field);
        }

        switch (self)
        {
            case null:
                throw Refuse(reference, Spec.Diagnostics.Null, Refusals.Receiver(reference));
            case Instance instance:
                RequireReadOnly(field, reference);
                return instance.Fields.TryGetValue(field, out object? value) ? value : Default(field.Type);
            default:
                throw Refuse(reference, Spec.Diagnostics.NotAnOperation, Refusals.NameOf(field));
        }
    }

    /// <summary>A field whose value could be another in the next forward pass is no part of a model.</summary>
    private void RequireReadOnly(IFieldSymbol field, IOperation reference)
    {
        if (!field.IsReadOnly && !field.IsConst)
        {
            SyntaxNode place = sources.Syntax(field) ?? reference.Syntax;
            throw new Fault(At(place, Spec.Diagnostics.MutableField, field.Name) with
            {
                Place = field.Locations.FirstOrDefault(l => l.IsInSource) is { } location
                    ? SourcePlace.Of(location) : SourcePlace.Of(reference.Syntax),
            });
        }
    }

    private object? ReadStatic(IOperation reference, ISymbol member)
    {
        if (_statics.TryGetValue(member, out object? known))
        {
            return known is Evaluating
                ? throw Refuse(reference, Spec.Diagnostics.NotInLanguage, "a value that needs itself", "give it one of its own") : known;
        }

        if (member is IFieldSymbol field)
        {
            if (sources.Syntax(field) is null)
            {
                throw Refuse(reference, Spec.Diagnostics.NotAnOperation, Refusals.NameOf(field));
            }

            RequireReadOnly(field, reference);
        }

        if (sources.Initializer(member) is not { } initializer)
        {
            return Default(member is IFieldSymbol f ? f.Type : ((IPropertySymbol)member).Type);
        }

        _statics[member] = new Evaluating();
        MakingOf making = _making;
        _making = MakingOf.Static;
        try
        {
            object? value = Evaluate(((ISymbolInitializerOperation)sources.Operation(initializer)!).Value, new Frame(null, null, null));
            Fix(value);
            _statics[member] = value;
            return value;
        }
        catch (Fault fault)
        {
            Report(fault.Diagnostic);
            _statics[member] = Unknown.Value;
            throw new Fault(null);
        }
        finally
        {
            _making = making;
        }
    }

    private object? ReadProperty(IPropertyReferenceOperation reference, object? self, object?[] arguments, Frame frame)
    {
        IPropertySymbol property = reference.Property;
        if (language.TryRead(property, self, arguments, reference, this, out object? ofLanguage))
        {
            return ofLanguage;
        }

        switch (self)
        {
            case ArrayValue array when property.IsIndexer && arguments.Length == 1:
                return Item(array, arguments[0], reference);
            case ArrayValue array when property.Name is "Length" or "Count":
                return array.Items.Length;
            case string text when property.Name == "Length":
                return text.Length;
            case { } value when property.ContainingType.OriginalDefinition.SpecialType == SpecialType.System_Nullable_T:
                return property.Name == "HasValue" ? true : value;
            case null
                when property.ContainingType.OriginalDefinition.SpecialType == SpecialType.System_Nullable_T && property.Name == "HasValue":
                return false;
            case null when !property.IsStatic:
                throw Refuse(reference, Spec.Diagnostics.Null, Refusals.Receiver(reference));
        }

        if (property.IsStatic)
        {
            return sources.Syntax(property) is null
                ? throw Refuse(reference, Spec.Diagnostics.NotAnOperation, Refusals.NameOf(property))
                : sources.IsAutomatic(property) ? ReadStatic(reference, property) : Invoke(property.GetMethod!, null, arguments, reference);
        }

        if (self is not Instance instance || property.GetMethod is null)
        {
            throw Refuse(reference, Spec.Diagnostics.NotAnOperation, Refusals.NameOf(property));
        }

        IMethodSymbol getter = IsBase(reference.Instance) ? property.GetMethod : Implementation(instance, property.GetMethod);
        var found = (IPropertySymbol)getter.AssociatedSymbol!;
        if (!sources.IsAutomatic(found))
        {
            return Invoke(getter, instance, arguments, reference);
        }

        if (found.SetMethod is { IsInitOnly: false })
        {
            throw new Fault(At(sources.Syntax(found) ?? reference.Syntax, Spec.Diagnostics.MutableField, found.Name) with
            {
                Place = SourcePlace.Of(found.Locations[0]),
            });
        }

        IFieldSymbol? backing = Backing(found);
        return backing is not null && instance.Fields.TryGetValue(backing, out object? stored) ? stored : Default(found.Type);
    }

    private static IFieldSymbol? Backing(IPropertySymbol property) =>
        property.OriginalDefinition.ContainingType.GetMembers().OfType<IFieldSymbol>()
        .FirstOrDefault(f => SymbolEqualityComparer.Default.Equals(f.AssociatedSymbol, property.OriginalDefinition));
}
