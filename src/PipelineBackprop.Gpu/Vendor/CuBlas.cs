using PipelineBackprop.Compute;

namespace PipelineBackprop.Gpu.Vendor;

/// <summary>A cuBLAS handle on one stream of the context that is current. Created, used and disposed on the device's thread.</summary>
internal sealed unsafe class CuBlas : IDisposable
{
    // cublasOperation_t, cudaDataType_t, cublasComputeType_t, cublasGemmAlgo_t.
    private const int Plain = 0, Transposed = 1;
    private const int Float32 = 0, BFloat16 = 14;
    private const int Compute32 = 68, Compute32FastTf32 = 77;
    private const int DefaultAlgorithm = -1;

    private readonly CuBlasLibrary _library;
    private nint _handle;

    internal CuBlas(CuBlasLibrary library, nint stream)
    {
        _library = library;
        nint handle;
        Require(_library.Create(&handle), "cublasCreate");
        _handle = handle;
        try
        {
            // One stream a handle: with several the results could differ from run to run.
            Require(_library.SetStream(_handle, stream), "cublasSetStream");
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Lets every product use this memory of the device beside its operands; where the library refuses it goes on with its own.</summary>
    internal bool TrySetWorkspace(nint address, int bytes) => _library.SetWorkspace(_handle, address, (nuint)bytes) == 0;

    /// <summary>C = first · second, or C += ; device addresses, float32, or bfloat16 inputs where the precision says so. Returns before it is done.</summary>
    internal void Product(in GemmCall call, nint first, nint second, nint result, ProductPrecision precision, bool accumulate)
    {
        float one = 1, beta = accumulate ? 1 : 0;
        int type = precision == ProductPrecision.Bf16 ? BFloat16 : Float32;
        Require(
            _library.GemmEx(
                _handle, call.TransposeFirst ? Transposed : Plain, call.TransposeSecond ? Transposed : Plain, call.M, call.N, call.K,
                &one, first, type, call.LeadingFirst, second, type, call.LeadingSecond,
                &beta, result, Float32, call.LeadingResult,
                precision == ProductPrecision.Tf32 ? Compute32FastTf32 : Compute32, DefaultAlgorithm),
            "cublasGemmEx");
    }

    public void Dispose()
    {
        if (_handle == 0) return;
        // What it returns helps nobody: the handle is gone either way.
        _ = _library.Destroy(_handle);
        _handle = 0;
    }

    private void Require(int status, string function)
    {
        if (status != 0) throw new InvalidOperationException($"{_library.Name}: {function} failed with status {status}");
    }
}
