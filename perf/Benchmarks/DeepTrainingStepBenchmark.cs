using BenchmarkDotNet.Attributes;

namespace PipelineBackprop.Benchmarks;

/// <summary>One training step of 784-1024-1024-1024-10 relu, batch 256: enough arithmetic that the products decide.</summary>
[MemoryDiagnoser]
public class DeepTrainingStepBenchmark : TrainingSteps
{
    private const int Steps = 2;

    /// <inheritdoc/>
    public override IEnumerable<StepCase> Cases => StepCase.Divisions([784, 1024, 1024, 1024, 10], examples: 256);

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
