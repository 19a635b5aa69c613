using PipelineBackprop.Compute;
using PipelineBackprop.Tensors;
using PipelineBackprop.Testing.Compute;
using PipelineBackprop.Testing.Reference;

namespace PipelineBackprop.Cuda.Tests;

public sealed class CudaPrecisionTests
{
    // Half a unit of the format in each operand, with room for how they add up.
    [Theory]
    [InlineData(ProductPrecision.Float32, 1e-6)]
    [InlineData(ProductPrecision.Tf32, 1e-3)]
    [InlineData(ProductPrecision.Bf16, 8e-3)]
    public void Product_EveryTransposition_IsAsCloseAsItsFormat(ProductPrecision precision, double tolerance)
    {
        using ICompute compute = CudaBackend.Device(0).Open(new ComputeOptions(Precision: precision));
        using var pool = new TensorPool(compute.Allocate, new MemoryLedger().Open("test"));
        for (int form = 0; form < 4; form++)
        {
            (bool ta, bool tb) = ((form & 1) != 0, (form & 2) != 0);
            double[,] a = ta ? HostArrays.Gaussian(97, 131, 1) : HostArrays.Gaussian(131, 97, 1), b = tb ? HostArrays.Gaussian(53, 97, 2) : HostArrays.Gaussian(97, 53, 2);
            DeviceTensor c = pool.Rent(Shape.Matrix(131, 53), MemoryPurpose.Workspace);
            compute.MatrixProduct(Upload(a), ta, Upload(b), tb, c, accumulate: false);
            var actual = new double[131 * 53];
            compute.Download(c, actual);
            Close.InNorm(HostArrays.Flatten(Naive.Product(a, ta, b, tb)), actual, tolerance, $"{precision}, transposed {ta} {tb}");
        }

        DeviceTensor Upload(double[,] values)
        {
            DeviceTensor tensor = pool.Rent(Shape.Matrix(values.GetLength(0), values.GetLength(1)), MemoryPurpose.Workspace);
            compute.Upload(HostArrays.Flatten(values), tensor);
            return tensor;
        }
    }
}
