using System.Globalization;
using MicroGpt.Generator.Spec;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace MicroGpt.Generator.Reader;

/// <summary>Arrays, ranges and what is taken from them.</summary>
internal sealed partial class Evaluator
{
    private object? NewArray(IArrayCreationOperation array, Frame frame)
    {
        if (Evaluate(array.DimensionSizes[0], frame) is not int length || length is < 0 or > 1_000_000)
        {
            throw Refuse(
                array.DimensionSizes[0], Spec.Diagnostics.OutOfRange, array.DimensionSizes[0].Syntax.ToString(),
                "an array of 0 to 1,000,000 elements");
        }

        object?[] items = new object?[length];
        object? empty = Default(((IArrayTypeSymbol)Resolve(array.Type!, frame, sources.Compilation)).ElementType);
        for (int i = 0; i < length; i++)
        {
            items[i] = empty;
        }

        return new ArrayValue(items);
    }

    private object? Collection(ICollectionExpressionOperation collection, Frame frame)
    {
        if (!Refusals.IsArrayLike(collection.Type))
        {
            throw Refuse(collection, Spec.Diagnostics.Collection, Refusals.TypeName(collection.Type));
        }

        var items = new List<object?>();
        foreach (IOperation element in collection.Elements)
        {
            if (element is not ISpreadOperation spread)
            {
                items.Add(Evaluate(element, frame));
            }
            else if (Evaluate(spread.Operand, frame) is ArrayValue array)
            {
                items.AddRange(array.Items);
            }
            else
            {
                throw Refuse(spread.Operand, Spec.Diagnostics.Collection, Refusals.TypeName(spread.Operand.Type));
            }
        }

        return new ArrayValue([.. items]);
    }

    private object? Element(IArrayElementReferenceOperation element, Frame frame) =>
        Known(Item(Evaluate(element.ArrayReference, frame), Evaluate(element.Indices[0], frame), element));

    private object? Item(object? collection, object? index, IOperation at)
    {
        if (collection is not ArrayValue array)
        {
            throw collection is null
                ? Refuse(at, Spec.Diagnostics.Null, Refusals.Receiver(at))
                : Refuse(at, Spec.Diagnostics.NotInLanguage, "this indexer", "use arrays");
        }

        if (index is Range range)
        {
            int from = Offset(range.Start, array), to = Offset(range.End, array);
            if (from < 0 || to > array.Items.Length || from > to)
            {
                throw Refuse(at, Spec.Diagnostics.OutOfRange, $"{from}..{to}", $"a part of {array.Items.Length} elements");
            }

            return new ArrayValue([.. array.Items.Skip(from).Take(to - from)]);
        }

        return array.Items[Checked(index, array, at)];
    }

    private int Checked(object? index, ArrayValue array, IOperation at)
    {
        long place = index switch
        {
            Index i => Offset(i, array),
            int i => i,
            long i => i,
            _ => throw Refuse(at, Spec.Diagnostics.NotInLanguage, "this index", "use integers known at build time"),
        };
        return place >= 0 && place < array.Items.Length
            ? (int)place
            : throw Refuse(
                at, Spec.Diagnostics.OutOfRange, place.ToString(CultureInfo.InvariantCulture),
                $"an index of {array.Items.Length} elements");
    }

    private static int Offset(Index index, ArrayValue array) => index.IsFromEnd ? array.Items.Length - index.Value : index.Value;

    private Index? Place(IOperation? operand, Frame frame) => operand is null ? null : Evaluate(operand, frame) switch
    {
        Index index => index,
        int place => new Index(place),
        _ => throw new Fault(null),
    };
}
