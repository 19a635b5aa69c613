using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using PipelineBackprop.Compute;
using PipelineBackprop.Gpu.Kernels;
using PipelineBackprop.Gpu.Launches;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Gpu.Vendor;

/// <summary>Products of a CUDA GPU by cuBLAS, with ILGPU's kernels for what comes before and behind. Used on the device's thread.</summary>
internal sealed class CuBlasProducts : IDisposable
{
    private readonly GpuCompute _compute;
    private readonly Accelerator _accelerator;
    private readonly ProductPrecision _precision;
    private readonly CuBlas _library;
    private readonly MemoryBuffer1D<byte, Stride1D.Dense>? _workspace;
    private MemoryBuffer1D<ushort, Stride1D.Dense>? _first, _second; // bfloat16 copies of the operands
    private Kernel<(GemmCall Call, Operand<float> First, Operand<float> Second, Operand<float> Result, bool Accumulates)>? _product;
    private Kernel<(GemmCall Call, Operand<ushort> First, Operand<ushort> Second, Operand<float> Result, bool Accumulates)>? _productOfBf16;
    private Kernel<(int Count, Operand<float> Source, Operand<ushort> Target)>? _toBf16;
    private Kernel<(int Count, Operand<float> Bias, Operand<float> Z, Operand<float> C, int Columns, LinearEpilogue Epilogue)>? _epilogue;

    private CuBlasProducts(GpuCompute compute, CudaAccelerator accelerator, CuBlas library, ProductPrecision precision)
    {
        // One of our own is counted, and calls can be recorded with it: the library's own would be taken from the device in the middle of a recording.
        if (WorkspaceBytes(accelerator.Architecture) is var bytes and > 0)
        {
            _workspace = compute.TakeScratch<byte>(bytes);
            if (!library.TrySetWorkspace(new Operand<byte>(_workspace).Address, bytes)) compute.Free(_workspace);
        }
        _compute = compute;
        _accelerator = accelerator;
        _library = library;
        _precision = precision;
    }

    /// <summary>Null where the accelerator is no CUDA GPU or cuBLAS is not installed.</summary>
    internal static CuBlasProducts? Create(GpuCompute compute, Accelerator accelerator, ProductPrecision precision)
    {
        if (accelerator is not CudaAccelerator cuda || CuBlasLibrary.Instance is not { } library) return null;
        // cuBLAS takes the context that is current on this thread.
        accelerator.Bind();
        var handle = new CuBlas(library, ((CudaStream)compute.Launches.Stream).StreamPtr);
        try
        {
            return new CuBlasProducts(compute, cuda, handle, precision);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>The workspace that cuBLAS is given, of the size that its documentation names for the architecture; 0 where it takes none.</summary>
    internal static int WorkspaceBytes(CudaArchitecture architecture) =>
        CuBlasLibrary.Instance is not { TakesWorkspace: true } ? 0 : architecture.Major >= 9 ? 32 << 20 : 4 << 20;

    internal void Product(
        DeviceTensor a, bool transposeA, DeviceTensor b, bool transposeB, DeviceTensor? bias, DeviceTensor? z, DeviceTensor c, LinearEpilogue epilogue)
    {
        int inner = transposeA ? a.Rows : a.Columns;
        bool accumulate = epilogue.Accumulates != 0;
        if (inner > 0)
        {
            GemmCall call = GemmCall.RowMajor(c.Rows, c.Columns, inner, transposeA, a.Columns, transposeB, b.Columns);
            if (_precision == ProductPrecision.Bf16) ProductOfBf16(call, a, b, c, accumulate);
            else ProductOfFloat32(call, a, b, c, accumulate);
        }
        else if (!accumulate)
        {
            _compute.Fill(c, 0);
        }
        if (bias is null && z is null && epilogue.Kind == (int)ActivationKind.Identity) return;
        if (_epilogue is null)
        {
            var kernel = _accelerator.LoadAutoGroupedKernel<Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>, int, LinearEpilogue>(MatrixKernels.Epilogue);
            _epilogue = new(_compute.Launches, (stream, x) => kernel(stream, x.Count, x.Bias, x.Z, x.C, x.Columns, x.Epilogue));
        }
        _epilogue.Launch((c.ElementCount, _compute.Use(bias ?? c), _compute.Use(z ?? c), _compute.Use(c), c.Columns, epilogue));
    }

    public void Dispose()
    {
        _accelerator.Bind();
        _library.Dispose();
        _first?.Dispose();
        _second?.Dispose();
        _workspace?.Dispose();
    }

    // The library's handle knows the stream.
    private void ProductOfFloat32(in GemmCall call, DeviceTensor a, DeviceTensor b, DeviceTensor c, bool accumulate)
    {
        _product ??= new(_compute.Launches, (_, x) => Run(x.Call, x.First.Address, x.Second.Address, x.Result.Address, x.Accumulates));
        _product.Launch((call, _compute.Use(b), _compute.Use(a), _compute.Use(c), accumulate));
    }

    // A handle works in the context that was current when it was made, and the thread may have opened another device since.
    private void Run(in GemmCall call, nint first, nint second, nint result, bool accumulates)
    {
        _accelerator.Bind();
        _library.Product(call, first, second, result, _precision, accumulates);
    }

    private void ProductOfBf16(in GemmCall call, DeviceTensor a, DeviceTensor b, DeviceTensor c, bool accumulate)
    {
        _productOfBf16 ??= new(_compute.Launches, (_, x) => Run(x.Call, x.First.Address, x.Second.Address, x.Result.Address, x.Accumulates));
        _productOfBf16.Launch((call, ToBf16(b, ref _first), ToBf16(a, ref _second), _compute.Use(c), accumulate));
    }

    private Operand<ushort> ToBf16(DeviceTensor tensor, ref MemoryBuffer1D<ushort, Stride1D.Dense>? scratch)
    {
        if (scratch is null || scratch.Length < tensor.ElementCount)
        {
            // Earlier products may still read the old memory.
            _compute.FlushedStream().Synchronize();
            _compute.Free(scratch);
            scratch = null;
            scratch = _compute.TakeScratch<ushort>(tensor.ElementCount);
        }
        if (_toBf16 is null)
        {
            var round = _accelerator.LoadAutoGroupedKernel<Index1D, ArrayView<float>, ArrayView<ushort>>(Rounding.ToBf16);
            _toBf16 = new(_compute.Launches, (stream, x) => round(stream, x.Count, x.Source, x.Target));
        }
        var target = new Operand<ushort>(scratch);
        _toBf16.Launch((tensor.ElementCount, _compute.Use(tensor), target));
        return target;
    }
}
