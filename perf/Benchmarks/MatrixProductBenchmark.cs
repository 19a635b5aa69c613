using BenchmarkDotNet.Attributes;
using PipelineBackprop.Compute.Gemm;
using PipelineBackprop.Compute.Threading;

namespace PipelineBackprop.Benchmarks;

/// <summary>
/// The float32 matrix product in the three layouts a dense layer asks for, at sizes of its passes and of a square. m, n, k are those of op(A) op(B), so
/// the layouts of one size do the same arithmetic.
/// </summary>
public class MatrixProductBenchmark
{
    private readonly GemmWorkspace _workspace = new();
    private ThreadTeam? _team;
    private ProductOperands? _operands;

    /// <summary>m×n×k: a hidden layer, the first layer of 784-256-10, and a square, all of minibatches of 256 but the last.</summary>
    public static IEnumerable<ProductSize> Sizes => [new(256, 1024, 1024), new(256, 256, 784), new(1024, 1024, 1024)];

    /// <summary>m×n×k.</summary>
    [ParamsSource(nameof(Sizes))]
    public ProductSize Size { get; set; } = null!;

    /// <summary>Threads that share the product.</summary>
    [Params(1, 2)]
    public int Threads { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _team = new ThreadTeam(Threads, "product");
        _operands = new ProductOperands(Size);
    }

    /// <summary>A Bᵀ: the forward pass, z = x Wᵀ.</summary>
    [Benchmark]
    public void Forward() => Multiply(transposeA: false, transposeB: true);

    /// <summary>A B: the input gradient, ∂L/∂x = ∂L/∂z W.</summary>
    [Benchmark]
    public void InputGradient() => Multiply(transposeA: false, transposeB: false);

    /// <summary>Aᵀ B: the weight gradient, ∂L/∂W = ∂L/∂zᵀ x.</summary>
    [Benchmark]
    public void WeightGradient() => Multiply(transposeA: true, transposeB: false);

    [GlobalCleanup(Target = nameof(Forward))]
    public void CheckForward() => CheckAndFree(transposeA: false, transposeB: true);

    [GlobalCleanup(Target = nameof(InputGradient))]
    public void CheckInputGradient() => CheckAndFree(transposeA: false, transposeB: false);

    [GlobalCleanup(Target = nameof(WeightGradient))]
    public void CheckWeightGradient() => CheckAndFree(transposeA: true, transposeB: false);

    private void Multiply(bool transposeA, bool transposeB) =>
        MatrixProduct.Multiply(_operands!.Problem(transposeA, transposeB), _workspace, _team);

    private void CheckAndFree(bool transposeA, bool transposeB)
    {
        _operands!.Check(transposeA, transposeB);
        _operands.Dispose();
        _team!.Dispose();
        _workspace.Dispose();
    }
}
