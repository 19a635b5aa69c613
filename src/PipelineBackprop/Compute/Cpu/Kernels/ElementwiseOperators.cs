using System.Numerics;

namespace PipelineBackprop.Compute.Cpu;

internal readonly struct AddOperator<T> : IBinaryOperator<T>
{
    public Vector<T> Invoke(Vector<T> a, Vector<T> b) => a + b;
}

internal readonly struct MultiplyOperator<T> : IBinaryOperator<T>
{
    public Vector<T> Invoke(Vector<T> a, Vector<T> b) => a * b;
}

/// <summary>b + factor · a.</summary>
internal readonly struct AddScaledOperator<T>(T factor) : IBinaryOperator<T>
{
    private readonly Vector<T> _factor = new(factor);

    public Vector<T> Invoke(Vector<T> a, Vector<T> b) => b + _factor * a;
}

internal readonly struct ScaleOperator<T>(T factor) : IUnaryOperator<T>
{
    private readonly Vector<T> _factor = new(factor);

    public Vector<T> Invoke(Vector<T> x) => _factor * x;
}
