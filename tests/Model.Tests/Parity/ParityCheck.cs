using MicroGpt.Reference;

namespace MicroGpt.Model.Tests.Parity;

/// <summary>One property that every compiled model must have.</summary>
/// <param name="Name">What is claimed.</param>
/// <param name="Run">Throws when it does not hold.</param>
internal sealed record ParityCheck(string Name, Action<ModelEntry> Run)
{
    /// <summary>All checks. The test process runs them at the machine's own width, child processes at the others.</summary>
    public static IReadOnlyList<ParityCheck> All { get; } =
    [
        new(nameof(NumericChecks.Description_is_that_of_the_reference), NumericChecks.Description_is_that_of_the_reference),
        new(nameof(NumericChecks.Loss_and_gradient_agree), NumericChecks.Loss_and_gradient_agree),
        new(nameof(NumericChecks.Training_agrees), NumericChecks.Training_agrees),
        new(nameof(NumericChecks.Training_by_a_chosen_rule_agrees), NumericChecks.Training_by_a_chosen_rule_agrees),
        new(nameof(NumericChecks.Packed_documents_do_not_see_each_other), NumericChecks.Packed_documents_do_not_see_each_other),
        new(nameof(NumericChecks.Decoding_agrees_with_forward), NumericChecks.Decoding_agrees_with_forward),
        new(nameof(NumericChecks.Prefilling_agrees_with_decoding), NumericChecks.Prefilling_agrees_with_decoding),
        new(nameof(NumericChecks.Attention_weights_agree), NumericChecks.Attention_weights_agree),
        new(nameof(NumericChecks.Unlikely_targets_have_a_finite_loss), NumericChecks.Unlikely_targets_have_a_finite_loss),
        new(nameof(StateChecks.Loading_starts_afresh), StateChecks.Loading_starts_afresh),
        new(nameof(StateChecks.State_carries_a_run_on), StateChecks.State_carries_a_run_on),
        new(nameof(StateChecks.Looking_changes_nothing), StateChecks.Looking_changes_nothing),
        new(nameof(StateChecks.Instances_are_independent), StateChecks.Instances_are_independent),
        new(nameof(StateChecks.Sessions_read_the_models_parameters), StateChecks.Sessions_read_the_models_parameters),
        new(nameof(StateChecks.Threads_change_nothing), StateChecks.Threads_change_nothing),
        new(nameof(StateChecks.A_training_step_allocates_nothing), StateChecks.A_training_step_allocates_nothing),
        new(nameof(InputChecks.Bad_batches_are_refused), InputChecks.Bad_batches_are_refused),
        new(nameof(InputChecks.Wrong_lengths_are_refused), InputChecks.Wrong_lengths_are_refused),
        new(nameof(InputChecks.Bad_decoding_is_refused), InputChecks.Bad_decoding_is_refused),
        new(nameof(InputChecks.Bad_questions_about_attention_are_refused), InputChecks.Bad_questions_about_attention_are_refused),
        new(nameof(InputChecks.Any_batch_that_fits_is_accepted), InputChecks.Any_batch_that_fits_is_accepted),
    ];

    /// <summary>A compiled model and its reference, with the same random parameters.</summary>
    public static (ICompiledModel Compiled, IReference Reference, Random Random) Pair(ModelEntry entry, int rowCapacity = 0)
    {
        var random = new Random(7);
        ICompiledModel compiled = entry.Create(rowCapacity);
        IReference reference = Reference(entry);
        double[] parameters = RandomParameters(entry.Description, random);
        compiled.LoadParameters(parameters);
        reference.LoadParameters(parameters);
        return (compiled, reference, random);
    }

    /// <summary>Written by hand for the built-in architectures; what is written in the language is run eagerly.</summary>
    public static IReference Reference(ModelEntry entry) =>
        IsBuiltIn(entry.Description) ? ReferenceModel.Like(entry.Description) : new EagerReference(entry);

    /// <summary>Whether the model's architecture is one of the compiler's own.</summary>
    public static bool IsBuiltIn(ModelDescription description) => description.Architecture is "GPT" or "MLP";

    /// <summary>All parameters, in canonical form.</summary>
    public static double[] Parameters(ICompiledModel model)
    {
        double[] parameters = new double[model.Description.ParameterCount];
        model.CopyParametersTo(parameters);
        return parameters;
    }

    /// <inheritdoc cref="Parameters(ICompiledModel)"/>
    public static double[] Parameters(IReference reference)
    {
        double[] parameters = new double[reference.Description.ParameterCount];
        reference.CopyParametersTo(parameters);
        return parameters;
    }

    /// <summary>The longest document that the checks use: the block size, or 40 positions where there is none.</summary>
    public static int Longest(ModelDescription description) => description.BlockSize ?? 40;

    /// <summary>Spread by 1/√width, which keeps activations near one, so that every part of the model has a say in the loss.</summary>
    private static double[] RandomParameters(ModelDescription description, Random random) => IsBuiltIn(description)
        ? RandomData.Parameters(random, description.ParameterCount, 1 / Math.Sqrt(description.NEmbd), description.Precision)
        : [.. description.Parameters.SelectMany(p => RandomData.Parameters(
            random, p.Count, p.IsVector ? 0.3 : 1 / Math.Sqrt(p.Columns), description.Precision, p.Mean))];
}
