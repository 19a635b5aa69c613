using PipelineBackprop.Schedules;

namespace PipelineBackprop.Stages;

/// <summary>What each lane does in a pass, and how much can wait between stages; checked before it is first used. Immutable.</summary>
/// <param name="Actions">By lane, in order.</param>
/// <param name="WaitingForwards">By boundary i|i+1: the most outputs of stage i that can wait for stage i + 1.</param>
/// <param name="WaitingGradients">By boundary i|i+1: the most input gradients of stage i + 1 that can wait for stage i.</param>
internal sealed record PassOrders(
    IReadOnlyList<IReadOnlyList<PipelineAction>> Actions, IReadOnlyList<int> WaitingForwards, IReadOnlyList<int> WaitingGradients)
{
    /// <summary>The most tensors of a stage that can be on their way: outputs to the next stage, gradients to the previous one.</summary>
    public (int Outputs, int Gradients) InTransit(int stage) => (
        stage < WaitingForwards.Count ? WaitingForwards[stage] : 0, stage > 0 ? WaitingGradients[stage - 1] : 0);
}
