using ILGPU;
using ILGPU.Runtime;
using ILGPU.Runtime.Cuda;
using PipelineBackprop.Compute;
using PipelineBackprop.Gpu.Kernels;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Gpu.Vendor;

/// <summary>Products of a CUDA GPU by cuBLAS, with ILGPU's kernels for what comes before and behind. Used on the device's thread.</summary>
internal sealed class CuBlasProducts : IDisposable
{
    private readonly GpuCompute _compute;
    private readonly Accelerator _accelerator;
    private readonly ProductPrecision _precision;
    private readonly CuBlas _library;
    private MemoryBuffer1D<ushort, Stride1D.Dense>? _first, _second; // bfloat16 copies of the operands
    private Action<Index1D, ArrayView<float>, ArrayView<ushort>>? _toBf16;
    private Action<Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>, int, LinearEpilogue>? _epilogue;

    private CuBlasProducts(GpuCompute compute, Accelerator accelerator, CuBlas library, ProductPrecision precision)
    {
        _compute = compute;
        _accelerator = accelerator;
        _library = library;
        _precision = precision;
    }

    /// <summary>Bytes held for operands in bfloat16.</summary>
    internal long ScratchBytes => (_first?.LengthInBytes ?? 0) + (_second?.LengthInBytes ?? 0);

    /// <summary>Null where the accelerator is no CUDA GPU or cuBLAS is not installed.</summary>
    internal static CuBlasProducts? Create(GpuCompute compute, Accelerator accelerator, ProductPrecision precision)
    {
        if (accelerator is not CudaAccelerator || CuBlasLibrary.Instance is not { } library) return null;
        // cuBLAS takes the context that is current on this thread.
        accelerator.Bind();
        return new CuBlasProducts(compute, accelerator, new CuBlas(library, ((CudaStream)accelerator.DefaultStream).StreamPtr), precision);
    }

    internal void Product(
        DeviceTensor a, bool transposeA, DeviceTensor b, bool transposeB, DeviceTensor? bias, DeviceTensor? z, DeviceTensor c, LinearEpilogue epilogue)
    {
        int inner = transposeA ? a.Rows : a.Columns;
        bool accumulate = epilogue.Accumulates != 0;
        if (inner > 0)
        {
            GemmCall call = GemmCall.RowMajor(c.Rows, c.Columns, inner, transposeA, a.Columns, transposeB, b.Columns);
            bool shortens = _precision == ProductPrecision.Bf16;
            nint first = shortens ? ToBf16(b, ref _first) : Address(b), second = shortens ? ToBf16(a, ref _second) : Address(a);
            _library.Product(call, first, second, Address(c), _precision, accumulate);
        }
        else if (!accumulate)
        {
            _compute.Fill(c, 0);
        }
        if (bias is null && z is null && epilogue.Kind == (int)ActivationKind.Identity) return;
        _epilogue ??= _accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, ArrayView<float>, ArrayView<float>, int, LinearEpilogue>(
            MatrixKernels.Epilogue);
        _epilogue(c.ElementCount, _compute.View(bias ?? c), _compute.View(z ?? c), _compute.View(c), c.Columns, epilogue);
    }

    public void Dispose()
    {
        _library.Dispose();
        _first?.Dispose();
        _second?.Dispose();
    }

    private nint Address(DeviceTensor tensor) => _compute.View(tensor).LoadEffectiveAddressAsPtr();

    private nint ToBf16(DeviceTensor tensor, ref MemoryBuffer1D<ushort, Stride1D.Dense>? scratch)
    {
        if (scratch is null || scratch.Length < tensor.ElementCount)
        {
            // Earlier products may still read the old memory.
            _accelerator.DefaultStream.Synchronize();
            _compute.Free(scratch);
            scratch = null;
            int length = tensor.ElementCount;
            scratch = _compute.Take((long)length * sizeof(ushort), () => _accelerator.Allocate1D<ushort>(length));
        }
        _toBf16 ??= _accelerator.LoadAutoGroupedStreamKernel<Index1D, ArrayView<float>, ArrayView<ushort>>(Rounding.ToBf16);
        ArrayView<ushort> view = scratch.View;
        _toBf16(tensor.ElementCount, _compute.View(tensor), view);
        return view.LoadEffectiveAddressAsPtr();
    }
}
