namespace PipelineBackprop.Gpu.Kernels;

/// <summary>Four neighbouring numbers of a row. CUDA moves them at once, so they must start at a multiple of 16 bytes, as every buffer does.</summary>
internal struct Quad
{
    /// <summary>Numbers in it.</summary>
    internal const int Length = 4;

    internal float X, Y, Z, W;

    internal Quad(float x, float y, float z, float w)
    {
        X = x;
        Y = y;
        Z = z;
        W = w;
    }

    /// <summary>a + b.</summary>
    internal static Quad Add(Quad a, Quad b) => new(a.X + b.X, a.Y + b.Y, a.Z + b.Z, a.W + b.W);

    /// <summary>sum + a · b.</summary>
    internal static Quad MultiplyAdd(Quad sum, float a, Quad b) => new(sum.X + a * b.X, sum.Y + a * b.Y, sum.Z + a * b.Z, sum.W + a * b.W);
}
