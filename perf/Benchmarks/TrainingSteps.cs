using BenchmarkDotNet.Attributes;
using PipelineBackprop.Training;

namespace PipelineBackprop.Benchmarks;

/// <summary>
/// What the training-step benchmarks share. An invocation takes several steps, one awaited after the other as a trainer does, so that the caller's wait
/// for the first and the last does not show; its value is J before the last step, which every way of stepping must give bit for bit.
/// </summary>
public abstract class TrainingSteps
{
    private LayerStep? _layers;
    private Pipeline? _pipeline;
    private Minibatch _minibatch;

    /// <summary>How the work is divided.</summary>
    [ParamsSource(nameof(Cases))]
    public StepCase Case { get; set; } = null!;

    /// <summary>The divisions to measure.</summary>
    public abstract IEnumerable<StepCase> Cases { get; }

    [GlobalSetup(Target = "LayersAlone")]
    public void SetUpLayers() => _layers = new LayerStep(Case);

    [GlobalSetup(Target = "ThroughPipeline")]
    public Task SetUpPipeline() => SetUpPipeline(NonFiniteCheck.Step);

    [GlobalSetup(Target = "ThroughPipelineCheckedAlways")]
    public Task SetUpPipelineCheckedAlways() => SetUpPipeline(NonFiniteCheck.Action);

    [GlobalCleanup]
    public async Task CleanUp()
    {
        _layers?.Dispose();
        if (_pipeline is not null) await _pipeline.DisposeAsync();
    }

    /// <summary>Steps of the layers without blocks; the micro-batches are the case's, one after the other on one thread of execution.</summary>
    protected double StepLayers(int steps)
    {
        double objective = 0;
        for (int step = 0; step < steps; step++) objective = _layers!.Take();
        return objective;
    }

    /// <summary>Steps of the pipeline.</summary>
    protected async Task<double> StepPipelineAsync(int steps)
    {
        double objective = 0;
        for (int step = 0; step < steps; step++) objective = (await _pipeline!.TrainStepAsync(_minibatch)).Objective;
        return objective;
    }

    private async Task SetUpPipeline(NonFiniteCheck check)
    {
        _minibatch = Case.CreateMinibatch();
        _pipeline = await Pipeline.CreateAsync(Case.Options with { NonFiniteCheck = check });
    }
}
