using PipelineBackprop.Blocks;
using PipelineBackprop.Optimizers;

namespace PipelineBackprop.Stages;

/// <summary>One pass to run.</summary>
/// <param name="Mode">What for.</param>
/// <param name="Step">The step's number, from 0.</param>
/// <param name="MicroBatches">The cut.</param>
/// <param name="Data">Host memory, untouched by others until the pass has ended.</param>
/// <param name="Orders">What each stage does.</param>
/// <param name="LearningRate">η of a training pass.</param>
/// <param name="Clipping">Clipping of a training pass, or null.</param>
/// <param name="LossScale">Factor of the gradients while they are computed.</param>
/// <param name="MaySkip">Whether gradients that are not finite skip the update instead of failing the pass.</param>
/// <param name="SkippedBefore">Updates skipped before this pass: the optimizer does not count them.</param>
/// <param name="ChecksEveryAction">Whether every action's result is looked at for NaN and infinity.</param>
/// <param name="RecordsTimeline">Whether the stages note what they do and when.</param>
/// <param name="Seat">The seat of the pass; passes under way together differ in it.</param>
/// <param name="Follows">Whether a step was under way when this one got its number: it cannot be taken without that one.</param>
/// <param name="Direction">Where the parameters move in a Hessian-vector product, by name.</param>
internal sealed record PassRequest(
    PassMode Mode, long Step, MicroBatchRange[] MicroBatches, PassData Data, PassOrders Orders,
    double LearningRate = 0, GradientClipping? Clipping = null, double LossScale = 1, bool MaySkip = false, long SkippedBefore = 0,
    bool ChecksEveryAction = false, bool RecordsTimeline = false, int Seat = 0, bool Follows = false, IReadOnlyDictionary<string, double[]>? Direction = null);
