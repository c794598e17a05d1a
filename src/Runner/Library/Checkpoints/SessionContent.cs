using MicroGpt.Runner.Training;

namespace MicroGpt.Runner.Checkpoints;

/// <summary>The tensors of a session: parameters and the state of its update, copied out of the model.</summary>
internal sealed class SessionContent
{
    private readonly Dictionary<string, (double[] Values, ParameterInfo Parameter)> places = [];
    private readonly float[] singles;

    /// <summary>Copies everything out.</summary>
    public SessionContent(TrainingSession session)
    {
        ModelDescription model = session.Model.Description;
        var tensors = new List<(string, long[])>();
        void Add(double[] values, Func<string, string> nameOf)
        {
            foreach (ParameterInfo parameter in model.Parameters)
            {
                string name = nameOf(parameter.Name);
                places.Add(name, (values, parameter));
                tensors.Add((name, CheckpointFile.ShapeOf(parameter)));
            }
        }

        double[] parameters = new double[model.ParameterCount];
        session.Model.CopyParametersTo(parameters);
        Add(parameters, name => name);
        IModelState state = SessionRecord.StateOf(session.Model);
        foreach (string name in session.Optimizer?.StateNames ?? state.StateNames)
        {
            double[] values = new double[model.ParameterCount];
            state.CopyStateTo(session.Optimizer, name, values);
            Add(values, parameter => CheckpointFile.StateName(name, parameter));
        }

        Tensors = tensors;
        singles = new float[model.Parameters.Max(parameter => parameter.Count)];
    }

    /// <summary>Names and shapes, in the order of the file.</summary>
    public IReadOnlyList<(string Name, long[] Shape)> Tensors { get; }

    /// <summary>The elements of a tensor.</summary>
    public ReadOnlyMemory<double> Doubles(string name)
    {
        (double[] values, ParameterInfo parameter) = places[name];
        return values.AsMemory(parameter.Offset, parameter.Count);
    }

    /// <summary>The elements of a tensor of a model in single precision, valid until the next call.</summary>
    public ReadOnlyMemory<float> Singles(string name)
    {
        ReadOnlySpan<double> values = Doubles(name).Span;
        for (int i = 0; i < values.Length; i++)
        {
            singles[i] = (float)values[i];
        }

        return singles.AsMemory(0, values.Length);
    }
}
