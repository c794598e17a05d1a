using MicroGpt.Generator.Spec;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Operations;

namespace MicroGpt.Generator.Reader;

/// <summary>
/// Construction of the model and its modules, in C#'s order: a class's field initialisers as written, then its base's, then the
/// constructors' bodies from the base up.
/// </summary>
internal sealed partial class Evaluator
{
    private readonly List<ParameterValue> _parameters = [];
    private MakingOf _making = MakingOf.Nothing;
    private IOperation? _creation;

    /// <summary>Whose text is being read, which decides whether parameters may be made.</summary>
    private enum MakingOf
    {
        /// <summary>A forward pass.</summary>
        Nothing,

        /// <summary>The initialiser of a field, of the model or of a module that one makes.</summary>
        Field,

        /// <summary>The body of a constructor.</summary>
        Body,

        /// <summary>A static field.</summary>
        Static,
    }

    /// <summary>The parameters, in the order in which they were made.</summary>
    public IReadOnlyList<ParameterValue> Parameters => _parameters;

    /// <summary>Makes the model itself.</summary>
    /// <param name="type">Its class.</param>
    /// <param name="constructor">The constructor that takes no arguments or defaults.</param>
    public Instance ConstructModel(INamedTypeSymbol type, IMethodSymbol constructor)
    {
        _making = MakingOf.Field;
        try
        {
            return Construct(type, constructor, [.. constructor.Parameters.Select(DefaultOf)], null);
        }
        finally
        {
            _making = MakingOf.Nothing;
        }
    }

    /// <summary>Adds a parameter that the text makes.</summary>
    public ParameterValue Make(ParameterValue parameter)
    {
        IOperation at = _making == MakingOf.Nothing && _creation is not null ? _creation : parameter.Creation;
        switch (_making)
        {
            case MakingOf.Static:
                throw Refuse(at, Spec.Diagnostics.StaticParameter);
            case MakingOf.Body or MakingOf.Nothing:
                throw Refuse(at, Spec.Diagnostics.MadeElsewhere, Where());
        }

        if (parameter.Rows is < 1 || parameter.Columns < 1)
        {
            throw Refuse(at, Spec.Diagnostics.ParameterSize, LanguageCalls.Shape(parameter));
        }

        if (Sizes.TooLarge(parameter) is { } tooLarge)
        {
            throw Refuse(at, Spec.Diagnostics.TooLarge, tooLarge);
        }

        if (parameter.Std is < 0 or double.NaN or double.PositiveInfinity
            || double.IsNaN(parameter.Value) || double.IsInfinity(parameter.Value))
        {
            throw Refuse(at, Spec.Diagnostics.ParameterStart);
        }

        _parameters.Add(parameter);
        return parameter;
    }

    /// <summary>Makes an array of modules.</summary>
    public ArrayValue Layers(int count, ITypeSymbol? type, Closure? make, string? name, IOperation call)
    {
        object?[] items = new object?[count];
        for (int i = 0; i < count; i++)
        {
            Step(call);
            items[i] = make is null ? Construct((INamedTypeSymbol)type!, call) : CallClosure(make, [i], call);
        }

        return new ArrayValue(items) { NameFormat = name };
    }

    private string Where() => _making switch
    {
        MakingOf.Body => "in a constructor's body",
        MakingOf.Static => "in a static field",
        _ => "in a method",
    };

    private object? Create(IObjectCreationOperation creation, Frame frame)
    {
        var type = (INamedTypeSymbol)Resolve(creation.Type!, frame, sources.Compilation);
        if (Refusals.IsCollection(type))
        {
            throw Refuse(creation, Spec.Diagnostics.Collection, Refusals.TypeName(type));
        }

        if (sources.Syntax(type.OriginalDefinition) is null)
        {
            throw Refuse(creation, Spec.Diagnostics.NotAnOperation, "new " + Refusals.TypeName(type));
        }

        IMethodSymbol constructor = type.InstanceConstructors.First(
            c => SymbolEqualityComparer.Default.Equals(c.OriginalDefinition, creation.Constructor!.OriginalDefinition));
        Instance made = Construct(type, constructor, Arguments(creation.Arguments, constructor.Parameters.Length, frame), creation);
        if (creation.Initializer is not { } initializer)
        {
            return made;
        }

        _receivers.Push(made);
        try
        {
            foreach (IOperation each in initializer.Initializers)
            {
                Evaluate(each, frame);
            }
        }
        finally
        {
            _receivers.Pop();
        }

        return made;
    }

    /// <summary>Makes an object by its constructor without arguments.</summary>
    private Instance Construct(INamedTypeSymbol type, IOperation at)
    {
        IMethodSymbol? constructor = type.InstanceConstructors.Where(c => c.Parameters.All(p => p.IsOptional))
            .OrderBy(c => c.Parameters.Length).FirstOrDefault();
        if (constructor is null || sources.Syntax(type.OriginalDefinition) is null)
        {
            throw Refuse(at, Spec.Diagnostics.NotAnOperation, "new " + Refusals.TypeName(type));
        }

        return Construct(type, constructor, [.. constructor.Parameters.Select(DefaultOf)], at);
    }

    private static object? DefaultOf(IParameterSymbol parameter) =>
        parameter.HasExplicitDefaultValue && parameter.ExplicitDefaultValue is { } value
            ? Arithmetic.IsNumber(value) && parameter.Type.SpecialType != SpecialType.None
                ? Arithmetic.Convert(value, parameter.Type.SpecialType, false) ?? value : value
            : Default(parameter.Type);

    private Instance Construct(INamedTypeSymbol type, IMethodSymbol constructor, object?[] arguments, IOperation? at)
    {
        if (type.TypeKind == TypeKind.Struct)
        {
            throw Refuse(at!, Spec.Diagnostics.NotInLanguage, $"the struct '{type.Name}'", "make it a class");
        }

        if (_calls.Count >= DeepestCall)
        {
            throw Stop(at!, Spec.Diagnostics.TooDeep, DeepestCall.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }

        var instance = new Instance(type);
        IOperation? outer = _creation;
        _creation ??= _making == MakingOf.Nothing ? at : null;
        int before = _parameters.Count;
        if (at is not null)
        {
            _calls.Add(at);
        }

        try
        {
            RunConstructor(instance, type, constructor, arguments);
        }
        finally
        {
            _creation = outer;
            if (at is not null)
            {
                _calls.RemoveAt(_calls.Count - 1);
            }
        }

        instance.HoldsParameters = _parameters.Count > before;
        return instance;
    }

    private void RunConstructor(Instance instance, INamedTypeSymbol type, IMethodSymbol constructor, object?[] arguments)
    {
        SyntaxNode? syntax = sources.Syntax(constructor.OriginalDefinition);
        var frame = new Frame(null, instance, constructor);
        DeclareParameters(frame, constructor, arguments);
        if (Sources.IsPrimary(syntax))
        {
            for (int i = 0; i < arguments.Length; i++)
            {
                instance.Fields[constructor.OriginalDefinition.Parameters[i]] = arguments[i];
            }
        }

        var written = syntax is ConstructorDeclarationSyntax declaration
            ? (IConstructorBodyOperation?)sources.Operation(declaration) : null;
        if (written?.Initializer is { } chained && Called(chained) is { } call
            && SymbolEqualityComparer.Default.Equals(call.TargetMethod.ContainingType.OriginalDefinition, type.OriginalDefinition))
        {
            RunConstructor(instance, type, call.TargetMethod, Arguments(call.Arguments, call.TargetMethod.Parameters.Length, frame));
            RunConstructorBody(written, frame);
            return;
        }

        RunInitializers(instance, type, constructor, arguments);
        if (type.BaseType is { SpecialType: SpecialType.None } baseType)
        {
            RunBase(instance, baseType, written?.Initializer is { } explicitCall ? Called(explicitCall) : PrimaryBaseCall(syntax), frame);
        }

        if (written is not null)
        {
            RunConstructorBody(written, frame);
        }
    }

    private static IInvocationOperation? Called(IOperation initializer) =>
        initializer.DescendantsAndSelf().OfType<IInvocationOperation>()
            .FirstOrDefault(c => c.TargetMethod.MethodKind == MethodKind.Constructor);

    private IInvocationOperation? PrimaryBaseCall(SyntaxNode? syntax) =>
        syntax is TypeDeclarationSyntax { BaseList: { } list }
            && list.Types.OfType<PrimaryConstructorBaseTypeSyntax>().FirstOrDefault() is { } call
            ? sources.Operation(call)?.DescendantsAndSelf().OfType<IInvocationOperation>().FirstOrDefault()
            : null;

    private void RunBase(Instance instance, INamedTypeSymbol type, IInvocationOperation? call, Frame frame)
    {
        if (sources.Syntax(type.OriginalDefinition) is null)
        {
            if (call is not null || type.GetMembers().OfType<IFieldSymbol>().Any())
            {
                throw Refuse(call ?? _calls.LastOrDefault() ?? throw new Halt(null), Spec.Diagnostics.NotAnOperation, "new "
                    + Refusals.TypeName(type));
            }

            return;
        }

        IMethodSymbol? constructor = call is null
            ? type.InstanceConstructors.Where(c => c.Parameters.All(p => p.IsOptional)).OrderBy(c => c.Parameters.Length).FirstOrDefault()
            : type.InstanceConstructors.FirstOrDefault(
                c => SymbolEqualityComparer.Default.Equals(c.OriginalDefinition, call.TargetMethod.OriginalDefinition));
        if (constructor is null)
        {
            throw new Halt(null);
        }

        RunConstructor(
            instance,
            type,
            constructor,
            call is null ? [.. constructor.Parameters.Select(DefaultOf)] : Arguments(call.Arguments, constructor.Parameters.Length, frame));
    }

    private void RunConstructorBody(IConstructorBodyOperation written, Frame frame)
    {
        if ((written.BlockBody ?? written.ExpressionBody) is not { } body)
        {
            return;
        }

        MakingOf making = _making;
        _making = making == MakingOf.Field ? MakingOf.Body : making;
        try
        {
            RunBody(body, frame);
        }
        finally
        {
            _making = making;
        }
    }

    private void RunInitializers(Instance instance, INamedTypeSymbol type, IMethodSymbol constructor, object?[] arguments)
    {
        SyntaxReference? partOfParameters = null;
        foreach (IFieldSymbol field in type.OriginalDefinition.GetMembers()
            .OfType<IFieldSymbol>().Where(f => !f.IsStatic && !f.IsConst).OrderBy(Order))
        {
            ISymbol member = field.AssociatedSymbol ?? field;
            if (sources.Syntax(member) is ParameterSyntax)
            {
                IParameterSymbol? positional = constructor.OriginalDefinition.Parameters.FirstOrDefault(p => p.Name == member.Name);
                Store(instance, field, positional is null ? Default(field.Type) : arguments[positional.Ordinal]);
                continue;
            }

            if (sources.Initializer(member) is not { } initializer)
            {
                continue;
            }

            int before = _parameters.Count;
            try
            {
                var operation = (ISymbolInitializerOperation)sources.Operation(initializer)!;
                var frame = new Frame(null, instance, null);
                DeclareParameters(frame, constructor, arguments);
                object? value = Evaluate(operation.Value, frame);
                Fix(value);
                Store(instance, field, value);
            }
            catch (Fault fault)
            {
                Report(fault.Diagnostic);
                _parameters.RemoveRange(before, _parameters.Count - before);
                Store(instance, field, Unknown.Value);
            }

            if (_parameters.Count > before && type.OriginalDefinition.DeclaringSyntaxReferences.Length > 1)
            {
                SyntaxReference part = type.OriginalDefinition.DeclaringSyntaxReferences.First(
                    r => r.SyntaxTree == initializer.SyntaxTree && r.Span.Contains(initializer.Span));
                if (partOfParameters is not null && partOfParameters.Span != part.Span | partOfParameters.SyntaxTree != part.SyntaxTree)
                {
                    Report(At(initializer.Parent!, Spec.Diagnostics.TwoParts, type.Name) with
                    {
                        Place = SourcePlace.Of(member.Locations[0]),
                    });
                }

                partOfParameters ??= part;
            }
        }

        static int Order(IFieldSymbol field) => (field.AssociatedSymbol ?? field).Locations.FirstOrDefault()?.SourceSpan.Start ?? 0;
    }

    private static void Store(Instance instance, IFieldSymbol field, object? value)
    {
        instance.Fields[field] = value;
        if (!instance.Order.Contains(field, SymbolEqualityComparer.Default))
        {
            instance.Order.Add(field);
        }
    }

    /// <summary>What belongs to the model stays as it was made.</summary>
    private static void Fix(object? value)
    {
        if (value is ArrayValue array && !array.IsFixed)
        {
            array.IsFixed = true;
            array.Items.ToList().ForEach(Fix);
        }
    }
}
