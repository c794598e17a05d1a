using System.Globalization;
using System.Text;

namespace MicroGpt;

/// <summary>Tensors as text: a line for the debugger, a table to read.</summary>
internal static class TensorText
{
    private const int NumbersInLine = 6, RowsInTable = 12, ColumnsInTable = 10;

    /// <summary>Name, shape with the number of rows, and the first numbers.</summary>
    public static string Line(Tensor tensor)
    {
        if (tensor.Values.Length == 0)
        {
            return tensor + ": no numbers yet";
        }

        string more = tensor.Values.Length > NumbersInLine ? ", ..." : "";
        return $"{Title(tensor)}: {string.Join(", ", tensor.Values.Take(NumbersInLine).Select(Short))}{more}";
    }

    /// <summary>A line with range and mean, then a line a row.</summary>
    public static string Table(Tensor tensor)
    {
        if (tensor.Values.Length == 0)
        {
            return tensor + ": no numbers yet";
        }

        var text = new StringBuilder(Title(tensor));
        string least = Short(tensor.Values.Min()), most = Short(tensor.Values.Max()), mean = Short(tensor.Values.Average());
        text.Append(CultureInfo.InvariantCulture, $": {least} to {most}, mean {mean}");
        int bad = tensor.Values.Count(v => !double.IsFinite(v));
        text.Append(bad == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", {bad} not finite"));
        int width = tensor.Axis.Count;
        for (int row = 0; row < Math.Min(tensor.StoredRows, RowsInTable); row++)
        {
            text.Append('\n');
            foreach (double value in tensor.Values.AsSpan(row * width, Math.Min(width, ColumnsInTable)))
            {
                text.Append(Short(value).PadLeft(11));
            }

            text.Append(width > ColumnsInTable ? string.Create(CultureInfo.InvariantCulture, $"  ... {width - ColumnsInTable} more") : "");
        }

        return tensor.StoredRows <= RowsInTable
            ? text.ToString()
            : text.Append(CultureInfo.InvariantCulture, $"\n... {tensor.StoredRows - RowsInTable} more rows").ToString();
    }

    /// <summary>A number as a message quotes it.</summary>
    public static string Number(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static string Title(Tensor tensor)
    {
        string rows = string.Create(CultureInfo.InvariantCulture, $"{tensor.StoredRows} rows");
        string shape = tensor.ShapeText.Replace("rows", rows, StringComparison.Ordinal);
        return $"{tensor.Label} {shape}";
    }

    private static string Short(double value) => value.ToString("G5", CultureInfo.InvariantCulture);
}
