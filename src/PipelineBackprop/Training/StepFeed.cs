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
    private StepRow _row = new();

    public StepFeed(Pipeline pipeline, TrainerOptions options, Dataset train, MinibatchSampler sampler)
    {
        (_pipeline, _options, _train, _sampler) = (pipeline, options, train, sampler);
        int rows = Math.Min(options.BatchSize, train.Count);
        _indices = new int[rows];
        for (int step = 0; step < pipeline.StepsAtOnce; step++)
            _buffers.Push((new float[checked(rows * train.InputWidth)], new float[checked(rows * train.TargetWidth)]));
    }

    /// <summary>Steps of this training that were taken, those before a resume included; those that others take on the pipeline are not among them.</summary>
    public long StepsTaken { get; private set; }

    /// <summary>Of <see cref="StepsTaken"/>, those whose update loss scaling left out.</summary>
    public long StepsSkipped { get; private set; }

    /// <summary>Steps taken and under way.</summary>
    public long StepsStarted => StepsTaken + _underWay.Count;

    public bool IsEmpty => _underWay.Count == 0;

    /// <summary>Whether one step more can be under way.</summary>
    public bool HasRoom => _buffers.Count > 0;

    /// <summary>Goes on where another training stood that took as many steps. Nothing may be under way.</summary>
    public void Continue(SamplerState sampler, long taken, long skipped)
    {
        _sampler.State = sampler;
        (StepsTaken, StepsSkipped) = (taken, skipped);
    }

    /// <summary>Deals the next minibatch and starts its step.</summary>
    public void Start(CancellationToken cancellationToken)
    {
        // The caller's code comes first: where it throws, nothing is dealt yet.
        if (_options.LearningRate is { } schedule) _pipeline.LearningRate = schedule(StepsStarted);
        if (_options.RecordsTimelineOf is { } records) _pipeline.RecordsTimeline = records(StepsStarted + 1);
        SamplerState before = _sampler.State;
        (float[] inputs, float[] targets) = _buffers.Peek();
        int count = _sampler.Next(_indices);
        try
        {
            MinibatchSampler.Gather(_train, _indices.AsSpan(0, count), inputs, targets);
        }
        catch
        {
            // The data's memory may be the caller's own code too.
            _sampler.State = before;
            throw;
        }
        _buffers.Pop();
        var minibatch = new Minibatch(inputs.AsMemory(0, count * _train.InputWidth), targets.AsMemory(0, count * _train.TargetWidth), count);
        _underWay.Enqueue(new DealtStep(_pipeline.TakeStepAsync(minibatch, _row, cancellationToken), before, _sampler.State, inputs, targets));
    }

    /// <summary>The result of the step that was started first, by this training's count, and the sampler's epoch after it. One that was not taken has not been dealt.</summary>
    public async Task<(StepResult Step, long Epoch)> EndOldestAsync()
    {
        DealtStep oldest = _underWay.Dequeue();
        try
        {
            StepResult step = await oldest.Step.ConfigureAwait(false);
            StepsTaken++;
            if (step.Skipped) StepsSkipped++;
            return (Counted(step), oldest.After.Epoch);
        }
        catch
        {
            _sampler.State = oldest.Before;
            // Those after it were given up with it, or never begun.
            while (_underWay.TryDequeue(out DealtStep? later))
            {
                await ((Task)later.Step).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                _buffers.Push((later.Inputs, later.Targets));
            }
            _row = new StepRow();
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

    private StepResult Counted(StepResult step) => step.Step == StepsTaken
        ? step
        : step with { Step = StepsTaken, Timeline = step.Timeline is { } timeline ? timeline with { Step = StepsTaken } : null };

    private sealed record DealtStep(Task<StepResult> Step, SamplerState Before, SamplerState After, float[] Inputs, float[] Targets);
}
