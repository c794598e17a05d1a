using System.Globalization;
using MicroGpt.Generator.Spec;
using Microsoft.CodeAnalysis;

namespace MicroGpt.Generator.Reader;

/// <summary>
/// Names of parameters: the path of fields from the model, <c>layers.0.wq</c>. What is reached through two fields is named by the first;
/// a name given to a parameter replaces the last part, one given to layers replaces field and number.
/// </summary>
internal static class Naming
{
    /// <summary>Names everything that a model holds.</summary>
    public static void Name(Instance model) => Name(model, "");

    private static void Name(Instance instance, string path)
    {
        if (instance.Path is not null)
        {
            return;
        }

        instance.Path = path;
        foreach (IFieldSymbol field in instance.Order)
        {
            Name(instance.Fields[field], path, (field.AssociatedSymbol ?? field).Name);
        }
    }

    private static void Name(object? value, string path, string last)
    {
        switch (value)
        {
            case ParameterValue { Canonical: null } parameter:
                parameter.Canonical = Join(path, parameter.Name ?? last);
                break;
            case Instance instance:
                Name(instance, Join(path, last));
                break;
            case ArrayValue array:
                for (int i = 0; i < array.Items.Length; i++)
                {
                    string number = i.ToString(CultureInfo.InvariantCulture);
                    Name(array.Items[i], path, array.NameFormat?.Replace("{0}", number) ?? last + "." + number);
                }

                break;
            case TupleValue tuple:
                for (int i = 0; i < tuple.Items.Length; i++)
                {
                    Name(tuple.Items[i], path, last + "." + i.ToString(CultureInfo.InvariantCulture));
                }

                break;
        }
    }

    private static string Join(string path, string name) => path.Length == 0 ? name : name.Length == 0 ? path : path + "." + name;
}
