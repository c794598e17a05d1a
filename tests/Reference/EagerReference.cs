namespace MicroGpt.Reference;

/// <summary>
/// A model's own text run eagerly, with the scalar update rules: the reference of models that are written in the language.
/// </summary>
public sealed class EagerReference : IReference
{
    private readonly EagerModel _model;
    private readonly IReferenceOptimizer _optimizer;
    private readonly double[] _parameters;
    private readonly double[] _gradient;
    private GradientOptimizer? _chosen;
    private IReferenceOptimizer? _chosenState;

    /// <summary>Makes the reference of a compiled model.</summary>
    /// <param name="entry">The compiled model; it must have a text that can be run eagerly.</param>
    public EagerReference(ModelEntry entry)
    {
        _model = entry.CreateEager()
            ?? throw new ArgumentException($"{entry.Name} has no forward pass that could be run eagerly.", nameof(entry));
        ModelDescription compiled = entry.Description;
        Description =
            compiled with { Parameters = [.. _model.Parameters.Select(p => p with { Std = p.Std == compiled.InitStd ? null : p.Std })] };
        _parameters = new double[_model.ParameterCount];
        _gradient = new double[_parameters.Length];
        _optimizer = ReferenceOptimizers.Make(UpdateRule.For(compiled.Optimizer), Description.Parameters);
        _model.LoadParameters(_parameters);
    }

    /// <summary>The compiled model's, with the parameters that the class makes when it runs.</summary>
    public ModelDescription Description { get; }

    /// <inheritdoc/>
    public void CopyParametersTo(Span<double> destination) => _parameters.CopyTo(destination);

    /// <inheritdoc/>
    public void LoadParameters(ReadOnlySpan<double> source)
    {
        source.CopyTo(_parameters);
        _model.LoadParameters(_parameters);
        _optimizer.Reset();
    }

    /// <inheritdoc/>
    public double TrainStep(in Batch batch, double learningRate) => Step(batch, learningRate, _optimizer);

    /// <inheritdoc/>
    public double TrainStep(in Batch batch, double learningRate, GradientOptimizer optimizer)
    {
        if (_chosen != optimizer)
        {
            _chosen = optimizer;
            _chosenState = ReferenceOptimizers.Make(optimizer.Rule, Description.Parameters);
        }

        return Step(batch, learningRate, _chosenState!);
    }

    /// <inheritdoc/>
    public double Gradient(in Batch batch, Span<double> gradient) => _model.Gradient(batch, gradient);

    /// <inheritdoc/>
    public double[][] Logits(ReadOnlySpan<int> tokens) =>
        [.. _model.Logits(new Batch(tokens, tokens, [0, tokens.Length])).ToArray().Chunk(Description.VocabSize)];

    private double Step(in Batch batch, double learningRate, IReferenceOptimizer rule)
    {
        double loss = _model.Gradient(batch, _gradient);
        rule.Update(_parameters, _gradient, learningRate);
        _model.LoadParameters(_parameters);
        return loss;
    }
}
