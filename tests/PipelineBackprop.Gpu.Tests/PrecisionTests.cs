using CsCheck;
using PipelineBackprop.Compute;
using PipelineBackprop.Gpu.Kernels;
using PipelineBackprop.Gpu.Vendor;
using PipelineBackprop.Tensors;
using PipelineBackprop.Testing.Compute;
using PipelineBackprop.Testing.Reference;
using PipelineBackprop.Training;

namespace PipelineBackprop.Gpu.Tests;

/// <summary>Shorter formats of the inputs of products, and how products are asked of a BLAS.</summary>
public sealed class PrecisionTests
{
    [Theory]
    [InlineData(ProductPrecision.Float32, 5.97e-8)]
    [InlineData(ProductPrecision.Tf32, 4.8829e-4)]
    [InlineData(ProductPrecision.Bf16, 3.90626e-3)]
    public void Round_AnyNumber_IsTheNearestOfTheFormat(ProductPrecision precision, double halfUnit) =>
        Gen.Float[-1e30f, 1e30f].Sample(value =>
        {
            double rounded = Rounding.Round(value, (int)precision);
            // Below the normal range the steps of a format grow no smaller.
            double size = Math.Max(Math.Abs((double)value), 1.17549435e-38);
            Assert.True(Math.Abs(rounded - value) <= halfUnit * size, $"{value} became {rounded}");
            Assert.Equal(rounded, Rounding.Round((float)rounded, (int)precision));
        }, iter: 2000);

    [Theory]
    [InlineData(1.00390625f, 1f)] // halfway between 1 and 1 + 2⁻⁷: to even
    [InlineData(1.01171875f, 1.015625f)] // halfway between 1 + 2⁻⁷ and 1 + 2⁻⁶: to even
    [InlineData(1.00390637f, 1.0078125f)]
    [InlineData(-0f, -0f)]
    [InlineData(float.PositiveInfinity, float.PositiveInfinity)]
    [InlineData(float.MaxValue, float.PositiveInfinity)]
    public void Round_ToBf16_HasTheValuesOfTheFormat(float value, float expected) =>
        Assert.Equal(BitConverter.SingleToInt32Bits(expected), BitConverter.SingleToInt32Bits(Rounding.Round(value, (int)ProductPrecision.Bf16)));

    [Fact]
    public void Round_NaNInTheDroppedBits_StaysNaN()
    {
        float quiet = BitConverter.UInt32BitsToSingle(0x7F800001);
        Assert.True(float.IsNaN(Rounding.Round(quiet, (int)ProductPrecision.Bf16)));
        Assert.True(float.IsNaN(Rounding.Round(quiet, (int)ProductPrecision.Tf32)));
    }

    [Theory]
    [InlineData(ProductPrecision.Tf32)]
    [InlineData(ProductPrecision.Bf16)]
    public void Product_InAShortFormat_IsTheFloat32ProductOfTheRoundedOperands(ProductPrecision precision)
    {
        using ICompute compute = new SimulatedDevice(0).Open(new ComputeOptions(Precision: precision));
        using var pool = new TensorPool(compute.Allocate, new MemoryLedger().Open("test"));
        double[,] a = HostArrays.Gaussian(19, 37, 1), b = HostArrays.Gaussian(37, 23, 2);
        DeviceTensor left = Upload(a), right = Upload(b), c = pool.Rent(Shape.Matrix(19, 23), MemoryPurpose.Workspace);
        compute.MatrixProduct(left, false, right, false, c, accumulate: false);
        var actual = new double[19 * 23];
        compute.Download(c, actual);
        Close.InNorm(HostArrays.Flatten(Naive.Product(Rounded(a), false, Rounded(b), false)), actual, 1e-6, "product of rounded operands");
        // The rounding itself is seen: the exact product is far from it.
        Assert.ThrowsAny<Exception>(() => Close.InNorm(HostArrays.Flatten(Naive.Product(a, false, b, false)), actual, 1e-5, "exact product"));

        DeviceTensor Upload(double[,] values)
        {
            DeviceTensor tensor = pool.Rent(Shape.Matrix(values.GetLength(0), values.GetLength(1)), MemoryPurpose.Workspace);
            compute.Upload(HostArrays.Flatten(values), tensor);
            return tensor;
        }

        double[,] Rounded(double[,] values) => HostArrays.Shaped(
            [.. HostArrays.Flatten(values).Select(value => (double)Rounding.Round((float)value, (int)precision))], values.GetLength(0), values.GetLength(1));
    }

    [Fact]
    public async Task Bf16_WithLossScaling_TrainsNearFloat32OnFloat32Weights()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        await using Pipeline exact = await Data.Network().Devices("sim:0").Seed(5).BuildAsync(token);
        await using Pipeline mixed = await Data.Network().Devices("sim:0").Seed(5).LossScaling()
            .With(options => options with { Precision = ProductPrecision.Bf16 }).BuildAsync(token);
        for (ulong step = 0; step < 5; step++)
        {
            StepResult expected = await exact.TrainStepAsync(Data.Minibatch(step), token), actual = await mixed.TrainStepAsync(Data.Minibatch(step), token);
            Assert.Equal(expected.Loss, actual.Loss, 0.02 * expected.Loss);
            Assert.False(actual.Skipped);
        }
        // Updates smaller than half a unit of bfloat16 are kept: the weights are no numbers of that format.
        double[] weights = (await mixed.ReadParametersAsync(token))[0].Values;
        Assert.Contains(weights, value => Rounding.Round((float)value, (int)ProductPrecision.Bf16) != (float)value);
    }

    [Fact]
    public void RowMajor_EveryTransposition_IsWhatAColumnMajorBlasComputes()
    {
        for (int form = 0; form < 4; form++)
        {
            (bool ta, bool tb) = ((form & 1) != 0, (form & 2) != 0);
            const int M = 3, N = 5, K = 4;
            double[,] a = ta ? HostArrays.Gaussian(K, M, 1) : HostArrays.Gaussian(M, K, 1), b = tb ? HostArrays.Gaussian(N, K, 2) : HostArrays.Gaussian(K, N, 2);
            GemmCall call = GemmCall.RowMajor(M, N, K, ta, a.GetLength(1), tb, b.GetLength(1));
            var c = new double[M * N];
            ColumnMajor(call, HostArrays.Flatten(b), HostArrays.Flatten(a), c);
            Close.InNorm(HostArrays.Flatten(Naive.Product(a, ta, b, tb)), c, 1e-14, $"transposed {ta} {tb}");
        }
    }

    // What BLAS does, from its definition: element (i, j) of a column-major matrix lies at i + j · leading dimension.
    private static void ColumnMajor(GemmCall call, double[] first, double[] second, double[] result)
    {
        for (int i = 0; i < call.M; i++)
        {
            for (int j = 0; j < call.N; j++)
            {
                for (int k = 0; k < call.K; k++)
                {
                    double x = first[call.TransposeFirst ? k + i * call.LeadingFirst : i + k * call.LeadingFirst];
                    double y = second[call.TransposeSecond ? j + k * call.LeadingSecond : k + j * call.LeadingSecond];
                    result[i + j * call.LeadingResult] += x * y;
                }
            }
        }
    }
}
