using PipelineBackprop.Blocks;
using PipelineBackprop.Graph;

namespace PipelineBackprop.Training;

/// <summary>The computational graph of a pipeline before it is built.</summary>
public static class PipelineGraph
{
    /// <summary>The graph of the options, their stages and the largest of their micro-batches.</summary>
    /// <param name="options">The pipeline.</param>
    /// <param name="batchSize">Examples of a minibatch, at least 1.</param>
    /// <param name="backward">Whether the backward pass is part of it.</param>
    /// <exception cref="InvalidInputException">Options that cannot work.</exception>
    public static ComputationalGraph Of(PipelineOptions options, int batchSize, bool backward = true)
    {
        ArgumentNullException.ThrowIfNull(options);
        PipelineOptionsValidator.Validate(options);
        StageLayout layout = StageLayout.Of(options);
        return ComputationalGraph.Of(new GraphModel
        {
            Layers = options.Layers,
            Loss = options.Loss,
            WeightDecay = options.WeightDecay.For(options.Optimizer),
            Rows = MicroBatchRange.Split(batchSize, options.MicroBatches)[0].Count,
            Boundaries = PipelineAssembly.Boundaries(options),
            Devices = options.Devices.Count == 0 ? [] : [.. layout.LaneOfStage.Select(lane => DevicePlacement.DeviceOf(options, lane).Name)],
            ElementType = options.ElementType,
            Backward = backward,
        });
    }
}
