using PipelineBackprop.Blocks;
using PipelineBackprop.Compute;
using PipelineBackprop.Layers;
using PipelineBackprop.Optimizers;
using PipelineBackprop.Randomness;
using PipelineBackprop.Stages;
using PipelineBackprop.Tensors;
using PipelineBackprop.Training;

namespace PipelineBackprop.Benchmarks;

/// <summary>
/// The training step of a pipeline without the pipeline: the same layers, loss and optimizer called one after the other on the caller's thread, micro-batch
/// by micro-batch. It gives the pipeline's numbers bit for bit; what a pipeline takes longer is the cost of
/// blocks, messages and threads, what it takes less is the gain of its stages.
/// </summary>
internal sealed class LayerStep : IDisposable
{
    private readonly StepCase _case;
    private readonly MicroBatchRange[] _ranges;
    private readonly PipelineOptions _options;
    private readonly Minibatch _minibatch;
    private readonly ICompute _compute;
    private readonly TensorPool _pool, _views;
    private readonly System.Buffers.MemoryHandle _pin;
    private readonly LayerContext[] _contexts;
    private readonly StashFrame[] _frames;
    private readonly double[] _losses;
    private long _step;

    public LayerStep(StepCase stepCase, Func<ICompute, ICompute>? wrap = null)
    {
        _case = stepCase;
        _ranges = stepCase.Ranges;
        _options = stepCase.Options;
        _minibatch = stepCase.CreateMinibatch();
        _compute = CpuDevice.Instance.Open(new ComputeOptions(Threads: stepCase.Threads));
        if (wrap is not null) _compute = wrap(_compute);
        _pool = new TensorPool(_compute.Allocate, new MemoryLedger().Open("layers"));
        _views = new TensorPool(_compute.AllocateView, new MemoryLedger().Open("views"));
        _pin = _minibatch.Inputs.Pin();
        _contexts = [.. _options.Layers.Select(CreateContext)];
        for (int i = 1; i < _contexts.Length; i++) _contexts[i].Follow(_options.Layers[i], _options.Layers[i - 1], _contexts[i - 1]);
        _frames = [.. _options.Layers.Select(_ => new StashFrame())];
        _losses = new double[_ranges.Length];
    }

    /// <summary>Takes one step and returns J = L + s before it.</summary>
    public double Take()
    {
        DeviceTensor losses = _pool.Rent(Shape.Vector(_ranges.Length), MemoryPurpose.Workspace);
        foreach (MicroBatchRange range in _ranges)
        {
            DeviceTensor o = Forward(range);
            DeviceTensor gradient = EvaluateLoss(range, o, losses);
            o.Release();
            BackwardInput(gradient);
            BackwardParameters(range);
        }
        _compute.Download(losses, _losses);
        losses.Release();
        double loss = 0, squares = 0, regularization = 0;
        foreach (double sum in _losses) loss += sum;
        Report(ref squares, ref regularization);
        if (!double.IsFinite(squares)) throw new NonFiniteValueException("the gradient");
        Update();
        return loss / _minibatch.Count + regularization;
    }

    public void Dispose()
    {
        foreach (LayerContext context in _contexts) context.ReleasePackedWeights();
        foreach (DeviceTensor tensor in _contexts.SelectMany(context => context.Parameters.Concat(context.Gradients))) tensor.Release();
        _pool.Dispose();
        _pin.Dispose();
        _compute.Dispose();
    }

    private LayerContext CreateContext(Layer layer, int index)
    {
        DeviceTensor[] parameters = [.. layer.Parameters.Select((specification, number) => FirstValue(specification, index, number))];
        DeviceTensor[] gradients = [.. layer.Parameters.Select(specification => _pool.Rent(specification.Shape, MemoryPurpose.Gradients))];
        return new LayerContext(_compute, _pool, parameters, gradients, RandomKeys.OfLayer(StepCase.Seed, index), needsInputGradient: index > 0)
        {
            IsTraining = true,
            ReusesParameters = _case.MicroBatches > 1,
        };
    }

    private DeviceTensor FirstValue(ParameterSpecification specification, int layer, int number)
    {
        var first = new double[specification.Shape.ElementCount];
        specification.Initializer.Fill(new RandomStream(StepCase.Seed, RandomKeys.OfParameter(layer, number)), specification.Shape, first);
        DeviceTensor value = _pool.Rent(specification.Shape, MemoryPurpose.Parameters);
        _compute.Upload(first, value);
        return value;
    }

    private DeviceTensor Forward(MicroBatchRange range)
    {
        int width = _options.Layers[0].Inputs;
        DeviceTensor x = _views.Rent(Shape.Matrix(range.Count, width), MemoryPurpose.Stash);
        _compute.View(_minibatch.Inputs.Span.Slice(range.First * width, range.Count * width), x.Buffer);
        for (int i = 0; i < _contexts.Length; i++)
        {
            LayerContext context = _contexts[i];
            context.Step = _step;
            context.FirstExample = range.First;
            context.Frame = _frames[i];
            DeviceTensor y = _options.Layers[i].Forward(context, x);
            x.Release();
            x = y;
        }
        return x;
    }

    private DeviceTensor EvaluateLoss(MicroBatchRange range, DeviceTensor o, DeviceTensor losses)
    {
        int width = _options.Loss.TargetWidth(o.Columns);
        DeviceTensor targets = _pool.Rent(Shape.Matrix(range.Count, width), MemoryPurpose.Workspace);
        _compute.Upload(_minibatch.Targets.Span.Slice(range.First * width, range.Count * width), targets);
        DeviceTensor gradient = _pool.Rent(o.Shape, MemoryPurpose.Workspace);
        _options.Loss.Evaluate(_compute, o, targets, 1.0 / _minibatch.Count, losses, range.Index, gradient);
        targets.Release();
        return gradient;
    }

    private void BackwardInput(DeviceTensor gradient)
    {
        DeviceTensor? dy = gradient;
        for (int i = _contexts.Length - 1; i >= 0; i--)
        {
            DeviceTensor? dx = _options.Layers[i].BackwardInput(_contexts[i], dy!);
            dy!.Release();
            dy = dx;
        }
    }

    private void BackwardParameters(MicroBatchRange range)
    {
        for (int i = _contexts.Length - 1; i >= 0; i--)
        {
            _contexts[i].Accumulate = range.Index > 0;
            _contexts[i].Completes = range.Index == _ranges.Length - 1;
            _options.Layers[i].BackwardParameters(_contexts[i]);
            _frames[i].Clear();
        }
    }

    private void Report(ref double squares, ref double regularization)
    {
        for (int i = 0; i < _contexts.Length; i++)
        {
            for (int p = 0; p < _contexts[i].Parameters.Count; p++)
            {
                double lambda = _options.WeightDecay.ForObjective(_options.Layers[i].Parameters[p].IsDecayed);
                squares += _compute.SumOfSquares(_contexts[i].Gradients[p]);
                if (lambda != 0) regularization += lambda / 2 * _compute.SumOfSquares(_contexts[i].Parameters[p]);
            }
        }
    }

    private void Update()
    {
        _step++;
        for (int i = 0; i < _contexts.Length; i++)
        {
            for (int p = 0; p < _contexts[i].Parameters.Count; p++)
            {
                double lambda = _options.WeightDecay.For(_options.Layers[i].Parameters[p].IsDecayed);
                var update = new ParameterUpdate(_step, _options.Optimizer.LearningRate, GradientScale: 1, CoupledDecay: lambda, DecoupledDecay: 0);
                _options.Optimizer.Update(_compute, update, _contexts[i].Gradients[p], [], _contexts[i].Parameters[p]);
            }
        }
    }
}
