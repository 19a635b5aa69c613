using PipelineBackprop.Data;
using SamplerState = PipelineBackprop.Data.SamplerState;

namespace PipelineBackprop.Training;

/// <summary>Deals minibatches to a pipeline and keeps the steps under way: one, or two where the schedule lets steps overlap. Not thread-safe.</summary>
internal sealed class StepFeed
{
    private readonly Pipeline _pipeline;
    private readonly TrainerOptions _options;
    private readonly Dataset _train;
    private readonly MinibatchSampler _sampler;
    private readonly int[] _indices;
    private readonly Stack<(float[] Inputs, float[] Targets)> _buffers = [];
    private readonly Queue<DealtStep> _underWay = [];
    private long _started; // while steps are under way

    public StepFeed(Pipeline pipeline, TrainerOptions options, Dataset train, MinibatchSampler sampler)
    {
        (_pipeline, _options, _train, _sampler) = (pipeline, options, train, sampler);
        int rows = Math.Min(options.BatchSize, train.Count);
        _indices = new int[rows];
        for (int step = 0; step < pipeline.StepsAtOnce; step++)
            _buffers.Push((new float[checked(rows * train.InputWidth)], new float[checked(rows * train.TargetWidth)]));
    }

    /// <summary>Steps taken and under way.</summary>
    public long StepsStarted => IsEmpty ? _pipeline.StepsTaken : _started;

    public bool IsEmpty => _underWay.Count == 0;

    /// <summary>Whether one step more can be under way.</summary>
    public bool HasRoom => _buffers.Count > 0;

    /// <summary>Deals the next minibatch and starts its step.</summary>
    public void Start(CancellationToken cancellationToken)
    {
        // The caller's code comes first: where it throws, nothing is dealt yet.
        if (_options.LearningRate is { } schedule) _pipeline.LearningRate = schedule(StepsStarted);
        if (_options.RecordsTimelineOf is { } records) _pipeline.RecordsTimeline = records(StepsStarted + 1);
        SamplerState before = _sampler.State;
        (float[] inputs, float[] targets) = _buffers.Pop();
        int count = _sampler.Next(_indices);
        MinibatchSampler.Gather(_train, _indices.AsSpan(0, count), inputs, targets);
        var minibatch = new Minibatch(inputs.AsMemory(0, count * _train.InputWidth), targets.AsMemory(0, count * _train.TargetWidth), count);
        _started = StepsStarted + 1;
        _underWay.Enqueue(new DealtStep(_pipeline.TrainStepAsync(minibatch, cancellationToken), before, _sampler.State, inputs, targets));
    }

    /// <summary>The result of the step that was started first, and the sampler's epoch after it. One that was not taken has not been dealt.</summary>
    public async Task<(StepResult Step, long Epoch)> EndOldestAsync()
    {
        DealtStep oldest = _underWay.Dequeue();
        try
        {
            return (await oldest.Step.ConfigureAwait(false), oldest.After.Epoch);
        }
        catch
        {
            _sampler.State = oldest.Before;
            // Those after it were given up with it.
            while (_underWay.TryDequeue(out DealtStep? later))
            {
                await ((Task)later.Step).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                _buffers.Push((later.Inputs, later.Targets));
            }
            throw;
        }
        finally
        {
            _buffers.Push((oldest.Inputs, oldest.Targets));
        }
    }

    /// <summary>Waits for what is under way, however it ends.</summary>
    public async Task AbandonAsync()
    {
        while (!IsEmpty)
        {
            try { await EndOldestAsync().ConfigureAwait(false); }
            catch (Exception) when (IsEmpty) { }
        }
    }

    private sealed record DealtStep(Task<StepResult> Step, SamplerState Before, SamplerState After, float[] Inputs, float[] Targets);
}
