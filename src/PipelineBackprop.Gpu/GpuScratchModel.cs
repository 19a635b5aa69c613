using PipelineBackprop.Compute;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Gpu;

/// <summary>The partial sums, findings of NaN and bfloat16 operands of <see cref="GpuCompute"/>, by the rules that it takes them by.</summary>
/// <param name="vendorWorkspace">Bytes of the vendor library's workspace; 0 where it has none.</param>
/// <param name="roundsOperands">Whether products copy their operands to bfloat16.</param>
/// <param name="records">Whether launches are recorded.</param>
internal sealed class GpuScratchModel(long vendorWorkspace, bool roundsOperands, bool records) : ScratchModel
{
    private int _partials, _first, _second;
    private long _flags;
    private bool _hasOwnWatch;

    public override long Bytes =>
        vendorWorkspace + (records ? StepNumbers.Bytes : 0) + (long)_partials * sizeof(double) + (_first + (long)_second) * sizeof(ushort) + _flags * sizeof(int);

    public override void Product(in ProductSizes sizes)
    {
        if (!roundsOperands || sizes.Rows == 0 || sizes.Columns == 0) return;
        _first = Math.Max(_first, sizes.Inner * sizes.Columns);
        _second = Math.Max(_second, sizes.Rows * sizes.Inner);
    }

    public override void Losses(int rows) => Grow(Math.Max(rows, 1));

    public override void SumsOfSquares(ReadOnlySpan<DeviceTensor> tensors)
    {
        if (!tensors.IsEmpty) Grow(tensors.Length + GpuCompute.MostPartials);
    }

    public override void Look(DeviceTensor x)
    {
        if (_hasOwnWatch) return;
        _hasOwnWatch = true;
        _flags += GpuFiniteWatch.FirstCapacity;
    }

    public override FiniteWatch WatchFinite()
    {
        _flags += GpuFiniteWatch.FirstCapacity;
        return new Watch(this);
    }

    private void Grow(int elements) => _partials = Math.Max(_partials, Math.Max(elements, GpuCompute.FewestScratch));

    private sealed class Watch(GpuScratchModel model) : FiniteWatch
    {
        private int _capacity = GpuFiniteWatch.FirstCapacity, _count;

        public override void Look(DeviceTensor x)
        {
            if (_count++ < _capacity) return;
            model._flags += _capacity;
            _capacity *= 2;
        }

        public override int Settle()
        {
            _count = 0;
            return -1;
        }

        public override void Forget() => _count = 0;

        protected override void Dispose(bool disposing) { }
    }
}
