using PipelineBackprop.Compute.Cpu;
using PipelineBackprop.Compute.Gemm;
using PipelineBackprop.Randomness;

namespace PipelineBackprop.Benchmarks;

/// <summary>The matrices of one product in the memory that the engine gives its tensors, A and B random in [−1, 1).</summary>
internal sealed unsafe class ProductOperands : IDisposable
{
    private readonly ProductSize _size;
    private readonly float* _a, _b, _c;

    public ProductOperands(ProductSize size)
    {
        _size = size;
        var random = new RandomStream(seed: 1, stream: 0);
        _a = Allocate(size.M * size.K, random);
        _b = Allocate(size.K * size.N, random);
        _c = Allocate(size.M * size.N, random);
    }

    /// <summary>The product with A or B stored transposed.</summary>
    public GemmProblem<float> Problem(bool transposeA, bool transposeB) => new()
    {
        M = _size.M,
        N = _size.N,
        K = _size.K,
        A = _a,
        LeadingA = transposeA ? _size.M : _size.K,
        TransposeA = transposeA,
        B = _b,
        LeadingB = transposeB ? _size.K : _size.N,
        TransposeB = transposeB,
        C = _c,
        LeadingC = _size.N,
    };

    /// <summary>Compares the corners of C with dot products: a fast wrong answer is no result.</summary>
    public void Check(bool transposeA, bool transposeB)
    {
        foreach (int i in new[] { 0, _size.M - 1 })
            foreach (int j in new[] { 0, _size.N - 1 })
                CheckElement(i, j, transposeA, transposeB);
    }

    public void Dispose()
    {
        HostMemory.Free(_a);
        HostMemory.Free(_b);
        HostMemory.Free(_c);
    }

    private void CheckElement(int i, int j, bool transposeA, bool transposeB)
    {
        double sum = 0, magnitude = 0;
        for (int p = 0; p < _size.K; p++)
        {
            double term = (double)_a[transposeA ? p * _size.M + i : i * _size.K + p] * _b[transposeB ? j * _size.K + p : p * _size.N + j];
            sum += term;
            magnitude += Math.Abs(term);
        }
        float found = _c[i * _size.N + j];
        // The classical bound of k fused steps in float32.
        double tolerance = (_size.K + 4) * Math.ScaleB(1, -24) * magnitude;
        if (!(Math.Abs(found - sum) <= tolerance))
            throw new InvalidOperationException(FormattableString.Invariant($"C[{i},{j}] of the product {_size} is {found}; the dot product is {sum}."));
    }

    private static float* Allocate(int elements, RandomStream random)
    {
        var memory = (float*)HostMemory.Allocate((nuint)elements * sizeof(float));
        for (int i = 0; i < elements; i++) memory[i] = (float)random.NextDouble(-1, 1);
        return memory;
    }
}
