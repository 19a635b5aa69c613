using PipelineBackprop.Compute;
using PipelineBackprop.Losses;
using PipelineBackprop.Optimizers;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Tests.Stages;

/// <summary>A loss that does what it is told on its n-th call from 0.</summary>
internal sealed class FaultyLoss(int call, Action<ICompute, DeviceTensor, int, DeviceTensor?> fault) : Loss
{
    private readonly SoftmaxCrossEntropyLoss _inner = new();
    private int _calls;

    public override string Kind => "faultyLoss";

    public override TargetKind Targets => TargetKind.ClassIndex;

    public override void Evaluate(
        ICompute compute, DeviceTensor o, DeviceTensor targets, double scale, DeviceTensor losses, int slot, DeviceTensor? gradient)
    {
        _inner.Evaluate(compute, o, targets, scale, losses, slot, gradient);
        if (_calls++ == call) fault(compute, losses, slot, gradient);
    }

    public override void REvaluate(ICompute compute, DeviceTensor o, DeviceTensor targets, DeviceTensor ro, double scale, DeviceTensor rgradient) =>
        _inner.REvaluate(compute, o, targets, ro, scale, rgradient);
}

/// <summary>An optimizer that does something before its n-th update, counted over all stages.</summary>
internal sealed class FaultyOptimizer(int update, Action fault) : Optimizer
{
    private readonly SgdOptimizer _inner = new(0.1);
    private int _updates = -1;

    public override string Kind => "faultyOptimizer";

    public override double LearningRate => _inner.LearningRate;

    public override IReadOnlyList<string> StateNames => [];

    public override void Update(
        ICompute compute, in ParameterUpdate step, DeviceTensor gradient, IReadOnlyList<DeviceTensor> state, DeviceTensor parameter)
    {
        if (Interlocked.Increment(ref _updates) == update) fault();
        _inner.Update(compute, step, gradient, state, parameter);
    }
}

/// <summary>The processor as a device whose buffers die with the thread that opened it, like a GPU's.</summary>
internal sealed class ThreadBoundDevice(Func<int, bool>? fails = null) : IDevice
{
    private int _opened;

    public string Name => "bound";

    public bool BuffersOutliveCompute => false;

    public ICompute Open(ComputeOptions options) => fails?.Invoke(Interlocked.Increment(ref _opened)) == true
        ? throw new InvalidOperationException("the device is taken")
        : CpuDevice.Instance.Open(options);
}
