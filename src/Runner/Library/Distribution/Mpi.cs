using System.Reflection;
using System.Runtime.InteropServices;

namespace MicroGpt.Runner.Distribution;

/// <summary>
/// Open MPI's library, as far as ranks need it. Handles are addresses of things that the library exports; other implementations of MPI have
/// numbers instead, and do not fit.
/// </summary>
internal static unsafe partial class Mpi
{
    private const string Library = "mpi";
    private const int ErrorLength = 256;
    private static readonly string[] s_names = ["libmpi.so.40", "libmpi.40.dylib"]; // Open MPI 3, 4 and 5
    private static nint s_handle;

    /// <summary>MPI_IN_PLACE and MPI_STATUSES_IGNORE, as Open MPI defines them.</summary>
    private static void* InPlace => (void*)1;

    /// <summary>MPI_THREAD_SERIALIZED: any thread may call, one at a time.</summary>
    private const int Serialized = 2;

    private static nint s_world;
    private static nint s_byte;

    /// <summary>Loads the library and joins the job.</summary>
    /// <exception cref="RunnerException">There is no library, it is not Open MPI's, or it has done its work already.</exception>
    public static void Start()
    {
        if (s_handle == 0)
        {
            s_handle = Load();
            NativeLibrary.SetDllImportResolver(typeof(Mpi).Assembly, Resolve);
        }

        s_world = Symbol("ompi_mpi_comm_world");
        s_byte = Symbol("ompi_mpi_byte");
        int isFinalized;
        Check(MPI_Finalized(&isFinalized));
        if (isFinalized != 0)
        {
            throw RunnerException.Failure("a process can be a rank once: an earlier command of this one has left its job.");
        }

        int provided;
        Check(MPI_Init_thread(null, null, Serialized, &provided));
        if (provided < Serialized)
        {
            throw RunnerException.Usage(
                "the library of MPI does not let a second thread call it (MPI_THREAD_SERIALIZED); this program needs that.");
        }

        Check(MPI_Comm_set_errhandler(s_world, Symbol("ompi_mpi_errors_return")));
    }

    /// <summary>This process, and how many there are.</summary>
    public static (int Rank, int Size) World()
    {
        int rank, size;
        Check(MPI_Comm_rank(s_world, &rank));
        Check(MPI_Comm_size(s_world, &size));
        return (rank, size);
    }

    /// <summary>Begins to send.</summary>
    public static void Send(nint address, int bytes, int peer, nint* request) =>
        Check(MPI_Isend((void*)address, bytes, s_byte, peer, 0, s_world, request));

    /// <summary>Begins to receive.</summary>
    public static void Receive(nint address, int bytes, int peer, nint* request) =>
        Check(MPI_Irecv((void*)address, bytes, s_byte, peer, 0, s_world, request));

    /// <summary>Waits for all that was begun.</summary>
    public static void Wait(nint* requests, int count) => Check(MPI_Waitall(count, requests, null));

    /// <summary>Whether all that was begun has come to its end; moves it along.</summary>
    public static bool Test(nint* requests, int count)
    {
        int flag;
        Check(MPI_Testall(count, requests, &flag, null));
        return flag != 0;
    }

    /// <summary>Gives every rank the parts of all others.</summary>
    public static void AllGather(void* parts, int bytes) => Check(MPI_Allgather(InPlace, 0, s_byte, parts, bytes, s_byte, s_world));

    /// <summary>Leaves the job; returns once all ranks do.</summary>
    public static void End() => Check(MPI_Finalize());

    /// <summary>Ends all processes of the job.</summary>
    public static void Abort(int exitCode) => _ = MPI_Abort(s_world, exitCode);

    private static nint Load()
    {
        foreach (string name in s_names)
        {
            if (NativeLibrary.TryLoad(name, out nint handle))
            {
                return handle;
            }
        }

        throw RunnerException.Usage(
            $"a launcher of MPI started this process ({Launcher.Sign} is set), but {s_names[0]} cannot be loaded: "
                + "install Open MPI's library (Debian: apt-get install libopenmpi3), or start the program without the launcher.");
    }

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? path) => name == Library ? s_handle : 0;

    private static nint Symbol(string name) => NativeLibrary.TryGetExport(s_handle, name, out nint address)
        ? address
        : throw RunnerException.Usage($"the library of MPI has no {name}: it is not Open MPI's, and this program knows no other.");

    private static void Check(int code)
    {
        if (code == 0)
        {
            return;
        }

        byte* text = stackalloc byte[ErrorLength];
        int length = 0;
        string message = MPI_Error_string(code, text, &length) == 0 ? Marshal.PtrToStringUTF8((nint)text, length) : $"error {code}";
        throw RunnerException.Failure($"MPI: {message}. Another rank may have died.");
    }

    [LibraryImport(Library)]
    private static partial int MPI_Init_thread(int* argc, byte*** argv, int required, int* provided);

    [LibraryImport(Library)]
    private static partial int MPI_Finalized(int* flag);

    [LibraryImport(Library)]
    private static partial int MPI_Comm_set_errhandler(nint communicator, nint handler);

    [LibraryImport(Library)]
    private static partial int MPI_Comm_rank(nint communicator, int* rank);

    [LibraryImport(Library)]
    private static partial int MPI_Comm_size(nint communicator, int* size);

    [LibraryImport(Library)]
    private static partial int MPI_Isend(void* buffer, int count, nint type, int peer, int tag, nint communicator, nint* request);

    [LibraryImport(Library)]
    private static partial int MPI_Irecv(void* buffer, int count, nint type, int peer, int tag, nint communicator, nint* request);

    [LibraryImport(Library)]
    private static partial int MPI_Waitall(int count, nint* requests, void* statuses);

    [LibraryImport(Library)]
    private static partial int MPI_Testall(int count, nint* requests, int* flag, void* statuses);

    [LibraryImport(Library)]
    private static partial int MPI_Allgather(
        void* send, int sendCount, nint sendType, void* receive, int receiveCount, nint receiveType, nint communicator);

    [LibraryImport(Library)]
    private static partial int MPI_Abort(nint communicator, int exitCode);

    [LibraryImport(Library)]
    private static partial int MPI_Finalize();

    [LibraryImport(Library)]
    private static partial int MPI_Error_string(int code, byte* text, int* length);
}
