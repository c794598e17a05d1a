using MicroGpt.Runner.Training;

namespace MicroGpt.Runner.Checkpoints;

/// <summary>
/// The tensors of a session: parameters and the state of its update. They are copied out of the model one by one, since those of a large
/// model take several times its own memory in double precision; valid between two steps.
/// </summary>
internal sealed class SessionContent
{
    private readonly Dictionary<string, (ParameterInfo Parameter, ParameterReader Copy)> places = [];
    private readonly double[] doubles;
    private readonly float[] singles;

    /// <summary>Finds out what there is.</summary>
    public SessionContent(TrainingSession session)
    {
        ModelDescription model = session.Model.Description;
        var tensors = new List<(string, long[])>();
        void Add(Func<string, string> nameOf, ParameterReader copy)
        {
            foreach (ParameterInfo parameter in model.Parameters)
            {
                string name = nameOf(parameter.Name);
                places.Add(name, (parameter, copy));
                tensors.Add((name, CheckpointFile.ShapeOf(parameter)));
            }
        }

        Add(name => name, session.Model.CopyParameterTo);
        IModelState state = SessionRecord.StateOf(session.Model);
        foreach (string name in session.Optimizer?.StateNames ?? state.StateNames)
        {
            Add(parameter => CheckpointFile.StateName(name, parameter), CopierOf(session, state, name));
        }

        Tensors = tensors;
        doubles = new double[model.LargestParameter];
        singles = model.Precision == Precision.Single ? new float[model.LargestParameter] : [];
    }

    /// <summary>Names and shapes, in the order of the file.</summary>
    public IReadOnlyList<(string Name, long[] Shape)> Tensors { get; }

    /// <summary>The elements of a tensor, valid until the next call.</summary>
    public ReadOnlyMemory<double> Doubles(string name)
    {
        (ParameterInfo parameter, ParameterReader copy) = places[name];
        copy(parameter, doubles.AsSpan(0, parameter.Count));
        return doubles.AsMemory(0, parameter.Count);
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

    /// <summary>What copies out a part of the state; what other ranks have of it comes once, and is kept.</summary>
    private static ParameterReader CopierOf(TrainingSession session, IModelState state, string name)
    {
        if (session.Optimizer is not { Plan.Ranks.Size: > 1 })
        {
            return (parameter, values) => state.CopyStateTo(session.Optimizer, name, parameter, values);
        }

        double[] all = new double[session.Model.Description.ParameterCount];
        state.CopyStateTo(session.Optimizer, name, all);
        return (parameter, values) => all.AsSpan(parameter.Offset, parameter.Count).CopyTo(values);
    }
}
