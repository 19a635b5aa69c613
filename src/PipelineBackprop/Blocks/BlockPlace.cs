using PipelineBackprop.Schedules;

namespace PipelineBackprop.Blocks;

/// <summary>Where a block computes: the layer (or the loss, or a transfer), the action and the micro-batch.</summary>
/// <param name="Layer">Index of the layer in the model, or −1 outside layers.</param>
/// <param name="Name">What a person calls it: <c>layer 2 (dense 256→10)</c>, <c>loss (softmaxCrossEntropy)</c>.</param>
/// <param name="Action">F, B or W.</param>
/// <param name="MicroBatch">Index of the micro-batch.</param>
internal readonly record struct BlockPlace(int Layer, string Name, ActionKind Action, int MicroBatch);
