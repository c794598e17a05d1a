using System.Globalization;
using MicroGpt.Generator.Collections;
using MicroGpt.Generator.Graph;
using MicroGpt.Generator.Language;
using MicroGpt.Generator.Spec;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace MicroGpt.Generator.Reader;

/// <summary>What reading a model gave: a program, or what is wrong with its text; neither where the text does not compile.</summary>
internal sealed record ModelReading(Program? Program, EquatableArray<DiagnosticInfo> Diagnostics);

/// <summary>
/// Reads a model from its class: constructs it, names its parameters, and follows <c>Forward</c>. Of symbols and syntax nothing leaves.
/// </summary>
internal static class ModelReader
{
    /// <summary>The most operations of a program.</summary>
    public const int MostOperations = 50_000;

    /// <summary>Reads the values of the attribute and the text of the class.</summary>
    /// <param name="model">The model's class.</param>
    /// <param name="attribute">Its attribute.</param>
    /// <param name="syntax">The attribute's text.</param>
    /// <param name="compilation">What the class is part of.</param>
    public static ModelReading Read(
        INamedTypeSymbol model, AttributeData attribute, AttributeSyntax syntax, Compilation compilation, CancellationToken cancellation)
    {
        if (!AttributeReader.IsUnderstood(attribute, syntax, compilation.GetSemanticModel(syntax.SyntaxTree)))
        {
            return new ModelReading(null, default);
        }

        ModelSpec values = AttributeReader.Values(attribute, default);
        var given = new HashSet<string>(attribute.NamedArguments.Select(a => a.Key));
        var violations = SpecRules.CheckModel(values, given).Select(v => v.At(syntax)).ToList();
        if (ClassRules.BaseModel(model) is { } baseModel)
        {
            violations.Add(DiagnosticInfo.At(SourcePlace.Of(model.Locations[0]), Diagnostics.BaseModel, model.Name, baseModel.Name));
        }

        return violations.Count > 0
            ? new ModelReading(null, violations.ToEquatableArray())
            : Read(model, attribute.AttributeClass!.ContainingAssembly, compilation, values, cancellation);
    }

    private static ModelReading Read(
        INamedTypeSymbol model, IAssemblySymbol library, Compilation compilation, ModelSpec values, CancellationToken cancellation)
    {
        var language = new LanguageCalls(library);
        var evaluator = new Evaluator(new Sources(compilation, cancellation), language, cancellation);
        Program? program = null;
        try
        {
            program = Read(model, language, evaluator, values);
        }
        catch (Halt halt)
        {
            evaluator.Report(halt.Diagnostic);
        }
        catch (Fault fault)
        {
            evaluator.Report(fault.Diagnostic);
        }

        return new ModelReading(evaluator.Diagnostics.Count == 0 ? program : null, evaluator.Diagnostics.ToEquatableArray());
    }

    private static Program? Read(INamedTypeSymbol model, LanguageCalls language, Evaluator evaluator, ModelSpec values)
    {
        var (vocabSize, blockSize, initStd) = (values.VocabSize, values.BlockSize, values.InitStd);
        SourcePlace name = SourcePlace.Of(model.Locations[0]);
        IMethodSymbol? forward = Forward(model, language, name, evaluator);
        IMethodSymbol? constructor = Constructor(model);
        if (constructor is null)
        {
            evaluator.Report(DiagnosticInfo.At(name, Diagnostics.ModelConstructor, model.Name));
        }

        if (constructor is null || forward is null)
        {
            return null;
        }

        Instance instance = evaluator.ConstructModel(model, constructor);
        Naming.Name(instance);
        using var recording = Recording.Begin(vocabSize, blockSize, initStd, values.Precision);
        language.Recording = recording;
        Declare(evaluator, recording, initStd);
        object? returned = evaluator.Run(forward, instance, recording.Tokens);
        if (returned is not Tensor logits)
        {
            // What stopped the reading has been reported; what ran to its end has returned no tensor.
            if (evaluator.Diagnostics.Count == 0)
            {
                evaluator.Report(DiagnosticInfo.At(
                    evaluator.LastReturned is { } syntax ? SourcePlace.Of(syntax) : name,
                    Diagnostics.Logits,
                    $"Forward returns {(returned is null ? "null" : "a parameter")}, but must return logits "
                        + $"[rows, {vocabSize.ToString(CultureInfo.InvariantCulture)}], one for each token of the vocabulary"));
            }

            return null;
        }

        try
        {
            Program program = recording.Finish(logits);
            if (program.Operations.Count > MostOperations)
            {
                evaluator.Report(
                    DiagnosticInfo.At(name, Diagnostics.TooManyOperations, MostOperations.ToString("N0", CultureInfo.InvariantCulture)));
            }

            if (Sizes.TooLarge(recording.Nodes, blockSize) is { } tooLarge)
            {
                evaluator.Report(DiagnosticInfo.At(name, Diagnostics.TooLarge, tooLarge));
                return null;
            }

            // Where something is wrong, what would have been computed from a parameter may be missing.
            var reached = Reaching(program);
            bool isRight = evaluator.Diagnostics.Count == 0;
            foreach (ParameterValue parameter in evaluator.Parameters.Where(
                p => isRight && p.Canonical is { } own && !reached.Contains(own)))
            {
                evaluator.Report(evaluator.At(parameter.Creation.Syntax, Diagnostics.UnusedParameter, parameter.Canonical!));
            }

            return program;
        }
        catch (LanguageException problem)
        {
            evaluator.Report(DiagnosticInfo.At(
                evaluator.LastReturned is { } syntax ? SourcePlace.Of(syntax) : name, Diagnostics.Logits, problem.Message));
            return null;
        }
    }

    /// <summary>
    /// Names of the parameters that the logits depend on by a way that has a gradient; none leads through a detached value.
    /// </summary>
    private static HashSet<string> Reaching(Program program)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        bool[] reached = new bool[program.Operations.Count];
        reached[program.Logits] = true;
        for (int i = program.Logits; i >= 0; i--)
        {
            if (!reached[i])
            {
                continue;
            }

            if (program.Operations[i].Op is Graph.Parameter parameter)
            {
                names.Add(parameter.Canonical);
            }

            foreach (int input in program.Operations[i].Op is Ops.Detach ? default : program.Operations[i].Inputs)
            {
                reached[input] = true;
            }
        }

        return names;
    }

    private static void Declare(Evaluator evaluator, Recording recording, double initStd)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (ParameterValue parameter in evaluator.Parameters)
        {
            if (parameter.Canonical is not { } name)
            {
                evaluator.Report(evaluator.At(parameter.Creation.Syntax, Diagnostics.Unheld));
            }
            else if (!names.Add(name))
            {
                evaluator.Report(evaluator.At(NamePlace(parameter.Creation), Diagnostics.ParameterName, name));
            }
            else
            {
                parameter.Twin = recording.Declare(
                    parameter.Rows is { } rows ? Shape.Matrix(rows, parameter.Columns) : Shape.Vector(parameter.Columns),
                    parameter.Value,
                    parameter.Std ?? (parameter.Rows is null ? 0 : initStd),
                    name);
            }
        }
    }

    private static SyntaxNode NamePlace(IOperation creation) =>
        creation is IInvocationOperation call
            && call.Arguments.FirstOrDefault(a => a.Parameter?.Name == "name") is { ArgumentKind: ArgumentKind.Explicit } argument
            ? argument.Value.Syntax
            : creation.Syntax;

    /// <summary>The class, the model or one that it derives from, that declares the forward pass.</summary>
    public static INamedTypeSymbol? HolderOfForward(INamedTypeSymbol model)
    {
        INamedTypeSymbol? type = model;
        while (type is not null && !type.GetMembers("Forward").OfType<IMethodSymbol>().Any(m => !m.IsStatic && m.Parameters.Length == 1))
        {
            type = type.BaseType;
        }

        return type;
    }

    private static IMethodSymbol? Forward(INamedTypeSymbol model, LanguageCalls language, SourcePlace name, Evaluator evaluator)
    {
        var found = new List<IMethodSymbol>();
        for (INamedTypeSymbol? type = model; type is { SpecialType: SpecialType.None }; type = type.BaseType)
        {
            found.AddRange(type.GetMembers("Forward").OfType<IMethodSymbol>()
                .Where(m => !found.Any(f => SymbolEqualityComparer.Default.Equals(f.OverriddenMethod, m))));
        }

        IMethodSymbol? forward = found.FirstOrDefault(m => !m.IsStatic && m.Arity == 0 && !m.IsAbstract
            && m.DeclaredAccessibility == Accessibility.Public
            && m.Parameters.Length == 1
            && m.Parameters[0].RefKind == RefKind.None
            && SymbolEqualityComparer.Default.Equals(m.Parameters[0].Type, language.TokensType)
            && SymbolEqualityComparer.Default.Equals(m.ReturnType, language.TensorType));
        if (forward is not null && !evaluator.HasText(forward))
        {
            // A body that is missing is the C# compiler's to report.
            if (forward.IsExtern || forward.DeclaringSyntaxReferences.IsEmpty)
            {
                evaluator.Report(
                    DiagnosticInfo.At(name, Diagnostics.NoForward, model.Name, "has a Forward whose text is not in this project"));
            }

            return null;
        }

        if (forward is not null)
        {
            return forward;
        }

        // A type that does not exist is the C# compiler's to report.
        if (!found.Any(f => f.ReturnType.TypeKind == TypeKind.Error || f.Parameters.Any(p => p.Type.TypeKind == TypeKind.Error)))
        {
            IMethodSymbol? near = found.FirstOrDefault();
            SourcePlace place = near?.Locations.FirstOrDefault(l => l.IsInSource) is { } location ? SourcePlace.Of(location) : name;
            evaluator.Report(DiagnosticInfo.At(
                place,
                Diagnostics.NoForward,
                model.Name,
                near is null ? "has no forward pass" : "has a Forward of another form"));
        }

        return null;
    }

    /// <summary>The constructor by which the generated one makes the model: one that needs no arguments.</summary>
    private static IMethodSymbol? Constructor(INamedTypeSymbol model) =>
        model.InstanceConstructors.Where(c => c.Parameters.All(p => p.IsOptional)).OrderBy(c => c.Parameters.Length).FirstOrDefault();
}
