using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MicroGpt.Numerics;

/// <summary>
/// The operations of one vector width, so that an element-wise kernel is written once for all of them. There is no fused multiply-add
/// among them: each operation rounds by itself and gives the same bits at every width, a single element included.
/// </summary>
/// <remarks>As a struct type argument it costs nothing: the just-in-time compiler puts the instruction in place of the call.</remarks>
/// <typeparam name="TVector">The vector, or the single element.</typeparam>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
internal unsafe interface ILanes<TVector, T>
    where TVector : unmanaged
    where T : unmanaged
{
    /// <summary>Elements of a vector.</summary>
    static abstract int Count { get; }

    /// <summary>A vector of one value.</summary>
    static abstract TVector Broadcast(T value);

    /// <summary>Reads a vector; it need not be aligned.</summary>
    static abstract TVector Load(T* source);

    /// <summary>Reads as many single-precision numbers as a vector has elements, each converted exactly.</summary>
    static abstract TVector LoadSingle(float* source);

    /// <summary>Writes a vector; it need not be aligned.</summary>
    static abstract void Store(TVector vector, T* destination);

    /// <summary>The sum of two vectors.</summary>
    static abstract TVector Add(TVector left, TVector right);

    /// <summary>The difference of two vectors.</summary>
    static abstract TVector Subtract(TVector left, TVector right);

    /// <summary>The product of two vectors, element by element.</summary>
    static abstract TVector Multiply(TVector left, TVector right);

    /// <summary>The quotient of two vectors, element by element.</summary>
    static abstract TVector Divide(TVector left, TVector right);

    /// <summary>The correctly rounded square root of each element.</summary>
    static abstract TVector Sqrt(TVector vector);

    /// <summary>Zero in place of each element that is smaller in magnitude than <paramref name="smallest"/>; NaN stays.</summary>
    static abstract TVector Flush(TVector vector, TVector smallest);
}

/// <summary>A single element, for what is left over after whole vectors.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
internal readonly unsafe struct Lanes1<T> : ILanes<T, T>
    where T : unmanaged, IFloatingPointIeee754<T>
{
    public static int Count => 1;

    public static T Broadcast(T value) => value;

    public static T Load(T* source) => *source;

    public static T LoadSingle(float* source) => T.CreateTruncating(*source);

    public static void Store(T vector, T* destination) => *destination = vector;

    public static T Add(T left, T right) => left + right;

    public static T Subtract(T left, T right) => left - right;

    public static T Multiply(T left, T right) => left * right;

    public static T Divide(T left, T right) => left / right;

    public static T Sqrt(T vector) => T.Sqrt(vector);

    public static T Flush(T vector, T smallest) => T.Abs(vector) < smallest ? T.Zero : vector;
}

/// <summary>128-bit vectors.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
internal readonly unsafe struct Lanes128<T> : ILanes<Vector128<T>, T>
    where T : unmanaged
{
    public static int Count => Vector128<T>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Broadcast(T value) => Vector128.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Load(T* source) => Vector128.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> LoadSingle(float* source) => sizeof(T) == sizeof(float)
        ? Vector128.Load((T*)source)
        : Vector128.WidenLower(Vector128.CreateScalarUnsafe(*(double*)source).AsSingle()).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector128<T> vector, T* destination) => vector.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Add(Vector128<T> left, Vector128<T> right) => left + right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Subtract(Vector128<T> left, Vector128<T> right) => left - right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Multiply(Vector128<T> left, Vector128<T> right) => left * right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Divide(Vector128<T> left, Vector128<T> right) => left / right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Sqrt(Vector128<T> vector) => Vector128.Sqrt(vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Flush(Vector128<T> vector, Vector128<T> smallest) =>
        Vector128.AndNot(vector, Vector128.LessThan(Vector128.Abs(vector), smallest));
}

/// <summary>256-bit vectors.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
internal readonly unsafe struct Lanes256<T> : ILanes<Vector256<T>, T>
    where T : unmanaged
{
    public static int Count => Vector256<T>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Broadcast(T value) => Vector256.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Load(T* source) => Vector256.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> LoadSingle(float* source) => sizeof(T) == sizeof(float)
        ? Vector256.Load((T*)source)
        : Vector256.WidenLower(Vector128.Load(source).ToVector256Unsafe()).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector256<T> vector, T* destination) => vector.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Add(Vector256<T> left, Vector256<T> right) => left + right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Subtract(Vector256<T> left, Vector256<T> right) => left - right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Multiply(Vector256<T> left, Vector256<T> right) => left * right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Divide(Vector256<T> left, Vector256<T> right) => left / right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Sqrt(Vector256<T> vector) => Vector256.Sqrt(vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Flush(Vector256<T> vector, Vector256<T> smallest) =>
        Vector256.AndNot(vector, Vector256.LessThan(Vector256.Abs(vector), smallest));
}

/// <summary>512-bit vectors.</summary>
/// <typeparam name="T"><see cref="float"/> or <see cref="double"/>.</typeparam>
internal readonly unsafe struct Lanes512<T> : ILanes<Vector512<T>, T>
    where T : unmanaged
{
    public static int Count => Vector512<T>.Count;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Broadcast(T value) => Vector512.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Load(T* source) => Vector512.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> LoadSingle(float* source) => sizeof(T) == sizeof(float)
        ? Vector512.Load((T*)source)
        : Vector512.WidenLower(Vector256.Load(source).ToVector512Unsafe()).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(Vector512<T> vector, T* destination) => vector.Store(destination);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Add(Vector512<T> left, Vector512<T> right) => left + right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Subtract(Vector512<T> left, Vector512<T> right) => left - right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Multiply(Vector512<T> left, Vector512<T> right) => left * right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Divide(Vector512<T> left, Vector512<T> right) => left / right;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Sqrt(Vector512<T> vector) => Vector512.Sqrt(vector);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Flush(Vector512<T> vector, Vector512<T> smallest) =>
        Vector512.AndNot(vector, Vector512.LessThan(Vector512.Abs(vector), smallest));
}
