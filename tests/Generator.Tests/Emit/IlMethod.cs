using System.Collections.Immutable;
using System.Reflection;
using System.Reflection.Emit;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using MicroGpt.Generator.Graph;

namespace MicroGpt.Generator.Tests.Emit;

/// <summary>The size of a method as the just-in-time compiler counts it.</summary>
/// <param name="Name">Type and method.</param>
/// <param name="Bytes">Bytes of IL.</param>
/// <param name="Locals">Local variables.</param>
/// <param name="LocalReferences">Instructions that load, store or take the address of a local or an argument.</param>
/// <param name="Blocks">Basic blocks: runs of instructions between jumps and targets of jumps.</param>
/// <param name="Instructions">IL instructions.</param>
internal sealed record IlMethod(string Name, int Bytes, int Locals, int LocalReferences, int Blocks, int Instructions)
{
    private static readonly Dictionary<int, OpCode> Opcodes = typeof(OpCodes).GetFields(BindingFlags.Public | BindingFlags.Static)
        .Select(field => (OpCode)field.GetValue(null)!)
        .ToDictionary(code => (int)(ushort)code.Value);

    /// <summary>All methods of an assembly that have a body.</summary>
    public static IReadOnlyList<IlMethod> Of(byte[] assembly)
    {
        using var image = new PEReader(ImmutableArray.Create(assembly));
        MetadataReader metadata = image.GetMetadataReader();
        return
        [
            .. metadata.MethodDefinitions.Select(metadata.GetMethodDefinition).Where(m => m.RelativeVirtualAddress != 0).Select(m =>
            {
                TypeDefinition type = metadata.GetTypeDefinition(m.GetDeclaringType());
                MethodBodyBlock body = image.GetMethodBody(m.RelativeVirtualAddress);
                return Read(
                    metadata.GetString(type.Name) + "." + metadata.GetString(m.Name),
                    body.GetILReader(),
                    body.LocalSignature.IsNil ? 0 : CountLocals(metadata, body.LocalSignature));
            }),
        ];
    }

    private static int CountLocals(MetadataReader metadata, StandaloneSignatureHandle signature)
    {
        BlobReader blob = metadata.GetBlobReader(metadata.GetStandaloneSignature(signature).Signature);
        blob.ReadSignatureHeader();
        return blob.ReadCompressedInteger();
    }

    private static IlMethod Read(string name, BlobReader il, int locals)
    {
        var leaders = new HashSet<int> { 0 };
        int instructions = 0, references = 0, length = il.Length;
        while (il.RemainingBytes > 0)
        {
            int first = il.ReadByte();
            OpCode code = Opcodes[first == 0xFE ? 0xFE00 | il.ReadByte() : first];
            instructions++;
            references += IsLocalReference(code.Name!) ? 1 : 0;
            foreach (int target in ReadTargets(ref il, code.OperandType))
            {
                leaders.Add(target);
            }

            if (code.FlowControl is FlowControl.Branch or FlowControl.Cond_Branch or FlowControl.Return or FlowControl.Throw)
            {
                leaders.Add(il.Offset);
            }
        }

        leaders.Remove(length);
        return new IlMethod(name, length, locals, references, leaders.Count, instructions);
    }

    private static bool IsLocalReference(string opcode) =>
        opcode.StartsWith("ldloc", StringComparison.Ordinal) || opcode.StartsWith("stloc", StringComparison.Ordinal)
        || opcode.StartsWith("ldarg", StringComparison.Ordinal) || opcode.StartsWith("starg", StringComparison.Ordinal);

    /// <summary>Skips the operand; answers where the instruction may jump to.</summary>
    private static int[] ReadTargets(ref BlobReader il, OperandType operand)
    {
        switch (operand)
        {
            case OperandType.InlineNone:
                return [];
            case OperandType.ShortInlineBrTarget:
                sbyte near = il.ReadSByte();
                return [il.Offset + near];
            case OperandType.InlineBrTarget:
                int far = il.ReadInt32();
                return [il.Offset + far];
            case OperandType.InlineSwitch:
                int[] cases = new int[il.ReadInt32()];
                for (int i = 0; i < cases.Length; i++)
                {
                    cases[i] = il.ReadInt32();
                }

                int end = il.Offset;
                return [.. cases.Select(offset => end + offset)];
            case OperandType.ShortInlineI or OperandType.ShortInlineVar:
                il.Offset += 1;
                return [];
            case OperandType.InlineVar:
                il.Offset += 2;
                return [];
            case OperandType.InlineI8 or OperandType.InlineR:
                il.Offset += 8;
                return [];
            default:
                il.Offset += 4;
                return [];
        }
    }
}
