using BenchmarkDotNet.Attributes;

namespace PipelineBackprop.Benchmarks;

/// <summary>One training step of 784-32-10 relu, batch 16: so little arithmetic that the pipeline's own cost shows.</summary>
[MemoryDiagnoser]
public class SmallTrainingStepBenchmark : TrainingSteps
{
    private const int Steps = 64;

    /// <inheritdoc/>
    public override IEnumerable<StepCase> Cases => StepCase.Divisions([784, 32, 10], examples: 16);

    /// <summary>The layers called directly.</summary>
    [Benchmark(Baseline = true, OperationsPerInvoke = Steps)]
    public double LayersAlone() => StepLayers(Steps);

    /// <summary>The pipeline, NaN and infinity looked for once a step: the default.</summary>
    [Benchmark(OperationsPerInvoke = Steps)]
    public Task<double> ThroughPipeline() => StepPipelineAsync(Steps);

    /// <summary>The pipeline, every action's result looked at for NaN and infinity.</summary>
    [Benchmark(OperationsPerInvoke = Steps)]
    public Task<double> ThroughPipelineCheckedAlways() => StepPipelineAsync(Steps);
}
