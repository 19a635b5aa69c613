using System.Numerics;
using System.Runtime.InteropServices;
using PipelineBackprop.Compute.Gemm;
using PipelineBackprop.Compute.Threading;
using PipelineBackprop.Randomness;
using Xunit;

namespace PipelineBackprop.Tests.Compute.Gemm;

/// <summary>One product to try: everything but the path and the threads. With <paramref name="Packed"/> B is there in panels, too, for the best path.</summary>
public sealed record GemmShape(int M, int N, int K, bool TransposeA = false, bool TransposeB = false, bool Accumulate = false, bool Bias = false, int Extra = 0, bool Packed = false);

/// <summary>
/// The operands of a shape in native memory, each between guard zones. Gaps between rows, guards and (without accumulation) C itself hold NaN, so anything
/// read from where nothing belongs shows in the result and anything written there shows in <see cref="Run"/>'s check.
/// </summary>
internal sealed unsafe class GemmCase<T> : IDisposable
    where T : unmanaged, IFloatingPointIeee754<T>
{
    private const int Guard = 80;
    private readonly GemmShape _shape;
    private readonly Operand _a, _b, _c, _bias;
    private readonly Operand? _panels;
    private readonly T[] _before;

    public GemmCase(GemmShape shape, ulong seed = 1)
    {
        _shape = shape;
        var random = new RandomStream(seed, 0);
        _a = new Operand(shape.TransposeA ? shape.K : shape.M, shape.TransposeA ? shape.M : shape.K, shape.Extra, random);
        _b = new Operand(shape.TransposeB ? shape.N : shape.K, shape.TransposeB ? shape.K : shape.N, shape.Extra, random);
        _bias = new Operand(1, shape.N, 0, random);
        _c = new Operand(shape.M, shape.N, shape.Extra, shape.Accumulate ? random : null);
        _before = _c.All.ToArray();
        if (shape.Packed) _panels = Pack(shape);
    }

    /// <summary>The product's result, m × n row after row. Fails when anything but C's elements changed.</summary>
    public T[] Run(GemmPath path, ThreadTeam? team, GemmWorkspace workspace)
    {
        _before.CopyTo(_c.All);
        MatrixProduct.Multiply(Problem, workspace, team, path);
        var result = new T[_shape.M * _shape.N];
        for (int i = 0; i < _shape.M; i++)
        {
            Span<T> row = _c.Row(i);
            row.CopyTo(result.AsSpan(i * _shape.N));
            _before.AsSpan(Guard + i * _c.Leading, _shape.N).CopyTo(row);
        }
        Assert.True(MemoryMarshal.AsBytes(_c.All).SequenceEqual(MemoryMarshal.AsBytes(_before.AsSpan())), $"{_shape}: memory outside C was written.");
        return result;
    }

    /// <summary>
    /// Compares with a triple loop. In float the sums are double and the bound is the classical one for k fused steps, the additions of
    /// blocks and the bias: (k + 4) · u · Σ|terms|. In double the reference errs as much as the product does, hence twice the u.
    /// </summary>
    public void AssertRight(T[] result, string what)
    {
        double unit = typeof(T) == typeof(float) ? Math.ScaleB(1, -24) : Math.ScaleB(1, -52);
        double[] sums = new double[_shape.N], sizes = new double[_shape.N];
        double[] b = Inner(_b, _shape.TransposeB, _shape.K, _shape.N), a = Inner(_a, _shape.TransposeA, _shape.M, _shape.K);
        for (int i = 0; i < _shape.M; i++)
        {
            for (int j = 0; j < _shape.N; j++)
            {
                double start = _shape.Accumulate ? double.CreateChecked(_before[Guard + i * _c.Leading + j]) : 0;
                double bias = _shape.Bias ? double.CreateChecked(_bias.Row(0)[j]) : 0;
                sums[j] = start + bias;
                sizes[j] = Math.Abs(start) + Math.Abs(bias);
            }
            for (int p = 0; p < _shape.K; p++)
            {
                ReadOnlySpan<double> row = b.AsSpan(p * _shape.N, _shape.N);
                double factor = a[i * _shape.K + p];
                for (int j = 0; j < row.Length; j++)
                {
                    sums[j] += factor * row[j];
                    sizes[j] += Math.Abs(factor * row[j]);
                }
            }
            for (int j = 0; j < _shape.N; j++)
            {
                double got = double.CreateChecked(result[i * _shape.N + j]);
                if (!(Math.Abs(got - sums[j]) <= (_shape.K + 4) * unit * sizes[j]))
                    Assert.Fail($"{what}, {_shape}: C[{i},{j}] is {got}, expected {sums[j]}.");
            }
        }
    }

    /// <summary>Σ C² as the product itself reports it.</summary>
    public double Squares(GemmPath path, ThreadTeam team)
    {
        using var workspace = new GemmWorkspace();
        double squares = 0;
        _before.CopyTo(_c.All);
        MatrixProduct.Multiply(Describe(&squares), workspace, team, path);
        _before.CopyTo(_c.All);
        return squares;
    }

    /// <summary>The product as the engine is given it.</summary>
    public GemmProblem<T> Problem => Describe(squares: null);

    private GemmProblem<T> Describe(double* squares) => new()
    {
        M = _shape.M,
        N = _shape.N,
        K = _shape.K,
        A = _a.First,
        LeadingA = _a.Leading,
        TransposeA = _shape.TransposeA,
        B = _b.First,
        LeadingB = _b.Leading,
        PackedB = _panels is null ? null : _panels.First,
        TransposeB = _shape.TransposeB,
        C = _c.First,
        LeadingC = _c.Leading,
        Accumulate = _shape.Accumulate,
        Squares = squares,
        Epilogue = new GemmEpilogue<T> { Bias = _shape.Bias ? _bias.First : null },
    };

    // Row after row of a panel is a row of the operand: the panels lie one below the other.
    private Operand Pack(GemmShape shape)
    {
        int width = MatrixProduct.PanelColumns<T>(), panels = (shape.N + width - 1) / width;
        var packed = new Operand(panels * shape.K, width, 0, null);
        for (int p = 0; p < panels * shape.K; p++)
        {
            (int panel, int step) = Math.DivRem(p, shape.K);
            for (int q = 0; q < width; q++)
            {
                int column = panel * width + q;
                packed.Row(p)[q] = column >= shape.N ? T.Zero : shape.TransposeB ? _b.Row(column)[step] : _b.Row(step)[column];
            }
        }
        return packed;
    }

    // op(matrix) without gaps, in double.
    private static double[] Inner(Operand matrix, bool transposed, int rows, int columns)
    {
        double[] inner = new double[rows * columns];
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
                inner[i * columns + j] = double.CreateChecked(transposed ? matrix.Row(j)[i] : matrix.Row(i)[j]);
        }
        return inner;
    }

    public void Dispose()
    {
        _a.Dispose();
        _b.Dispose();
        _c.Dispose();
        _bias.Dispose();
        _panels?.Dispose();
    }

    private sealed class Operand : IDisposable
    {
        private readonly T* _memory;
        private readonly int _length;
        private readonly int _columns;

        public Operand(int rows, int columns, int extra, RandomStream? random)
        {
            _columns = columns;
            Leading = columns + extra;
            _length = rows * Leading + 2 * Guard;
            _memory = (T*)NativeMemory.AlignedAlloc((nuint)(_length * sizeof(T)), 64);
            All.Fill(T.NaN);
            for (int i = 0; random is not null && i < rows; i++)
            {
                foreach (ref T element in Row(i))
                    element = T.CreateChecked(random.NextDouble(-1, 1));
            }
        }

        public int Leading { get; }

        public T* First => _memory + Guard;

        public Span<T> All => new(_memory, _length);

        public Span<T> Row(int i) => new(First + i * Leading, _columns);

        public void Dispose() => NativeMemory.AlignedFree(_memory);
    }
}
