namespace MicroGpt.Reference;

/// <summary>The building blocks of the course, one position at a time, on vectors of scalars.</summary>
internal static class Layers
{
    /// <summary>Row <paramref name="row"/> of an embedding table.</summary>
    public static Value[] Embedding(Tape tape, ParameterInfo table, int row)
    {
        var y = new Value[table.Columns];
        for (int i = 0; i < y.Length; i++)
        {
            y[i] = tape[table.Offset + (row * table.Columns) + i];
        }

        return y;
    }

    /// <summary>y = W x, with W as [out][in].</summary>
    public static Value[] Linear(Tape tape, ParameterInfo weight, Value[] x)
    {
        var y = new Value[weight.Rows];
        for (int o = 0; o < y.Length; o++)
        {
            int row = weight.Offset + (o * weight.Columns);
            Value sum = tape[row] * x[0];
            for (int i = 1; i < x.Length; i++)
            {
                sum += tape[row + i] * x[i];
            }

            y[o] = sum;
        }

        return y;
    }

    /// <summary>a + b, element by element.</summary>
    public static Value[] Add(Value[] a, Value[] b)
    {
        var y = new Value[a.Length];
        for (int i = 0; i < y.Length; i++)
        {
            y[i] = a[i] + b[i];
        }

        return y;
    }

    /// <summary>max(0, x), element by element.</summary>
    public static Value[] Relu(Value[] x) => Array.ConvertAll(x, value => value.Relu());

    /// <summary>x · (mean(x²) + 1e-5)^-½, without a gain.</summary>
    public static Value[] RmsNorm(Value[] x)
    {
        Value scale = ((Dot(x, x) / x.Length) + 1e-5).Pow(-0.5);
        return Array.ConvertAll(x, value => value * scale);
    }

    /// <summary>exp(xᵢ - max) / Σ exp(xⱼ - max); the maximum is a constant, on which the result does not depend.</summary>
    public static Value[] Softmax(Value[] x)
    {
        double max = x[0].Data;
        foreach (Value value in x)
        {
            max = Math.Max(max, value.Data);
        }

        Value[] exps = Array.ConvertAll(x, value => (value - max).Exp());
        Value total = Sum(exps);
        return Array.ConvertAll(exps, exp => exp / total);
    }

    /// <summary>Σ xᵢ, from the first to the last.</summary>
    public static Value Sum(Value[] x)
    {
        Value sum = x[0];
        for (int i = 1; i < x.Length; i++)
        {
            sum += x[i];
        }

        return sum;
    }

    /// <summary>Σ aᵢ bᵢ.</summary>
    public static Value Dot(ReadOnlySpan<Value> a, ReadOnlySpan<Value> b)
    {
        Value sum = a[0] * b[0];
        for (int i = 1; i < a.Length; i++)
        {
            sum += a[i] * b[i];
        }

        return sum;
    }
}
