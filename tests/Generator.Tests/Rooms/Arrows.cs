using System.Reflection;
using System.Reflection.Emit;

namespace MicroGpt.Generator.Tests.Rooms;

/// <summary>Which namespace of an assembly uses which, read from its signatures and its IL. A namespace is a folder here.</summary>
internal static class Arrows
{
    private const BindingFlags All =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;

    private static readonly Dictionary<int, OpCode> Opcodes = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => (int)(ushort)code.Value);

    /// <summary>From a namespace to another that it uses, with a type that does so.</summary>
    public static IReadOnlyDictionary<(string From, string To), string> Of(Assembly assembly)
    {
        var arrows = new Dictionary<(string, string), string>();
        foreach (Type type in assembly.GetTypes().Where(t => IsOwn(t)))
        {
            foreach (Type used in UsedBy(type).SelectMany(Parts)
                .Where(t => t.Assembly == assembly && IsOwn(t) && t.Namespace != type.Namespace))
            {
                arrows.TryAdd((type.Namespace!, used.Namespace!), type.FullName!);
            }
        }

        return arrows;
    }

    // Marker types of the compiler are in namespaces of the base class library.
    private static bool IsOwn(Type type) => type.Namespace?.StartsWith("MicroGpt", StringComparison.Ordinal) == true;

    private static IEnumerable<Type> UsedBy(Type type)
    {
        IEnumerable<Type> signatures =
        [
            .. type.GetInterfaces(),
            .. type.GetFields(All).Select(f => f.FieldType),
            .. type.GetMethods(All).Select(m => m.ReturnType),
            .. Methods(type).SelectMany(m => m.GetParameters()).Select(p => p.ParameterType),
        ];
        return signatures.Concat(type.BaseType is null ? [] : [type.BaseType]).Concat(Methods(type).SelectMany(InBody));
    }

    private static IEnumerable<MethodBase> Methods(Type type) => [.. type.GetMethods(All), .. type.GetConstructors(All)];

    private static IEnumerable<Type> InBody(MethodBase method)
    {
        if (method.GetMethodBody() is not { } body)
        {
            yield break;
        }

        foreach (LocalVariableInfo local in body.LocalVariables)
        {
            yield return local.LocalType;
        }

        byte[] il = body.GetILAsByteArray()!;
        Type[] ofType = method.DeclaringType!.GetGenericArguments(),
            ofMethod = method is MethodInfo { IsGenericMethod: true } ? method.GetGenericArguments() : [];
        for (int at = 0; at < il.Length;)
        {
            OpCode code = Opcodes[il[at] == 0xFE ? 0xFE00 | il[at + 1] : il[at]];
            at += code.Size;
            if (code.OperandType is OperandType.InlineMethod or OperandType.InlineField or OperandType.InlineType or OperandType.InlineTok)
            {
                MemberInfo member = method.Module.ResolveMember(BitConverter.ToInt32(il, at), ofType, ofMethod)!;
                yield return member as Type ?? member.DeclaringType!;
                foreach (Type argument in member is MethodInfo { IsGenericMethod: true } generic ? generic.GetGenericArguments() : [])
                {
                    yield return argument;
                }
            }

            at += code.OperandType switch
            {
                OperandType.InlineNone => 0,
                OperandType.ShortInlineI or OperandType.ShortInlineVar or OperandType.ShortInlineBrTarget => 1,
                OperandType.InlineVar => 2,
                OperandType.InlineI8 or OperandType.InlineR => 8,
                OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(il, at)),
                _ => 4,
            };
        }
    }

    /// <summary>The type itself without arrays and pointers, and the arguments of a generic one.</summary>
    private static IEnumerable<Type> Parts(Type type) => type.HasElementType
        ? Parts(type.GetElementType()!)
        : type.IsGenericType ? type.GetGenericArguments().SelectMany(Parts).Append(type.GetGenericTypeDefinition()) : [type];
}
