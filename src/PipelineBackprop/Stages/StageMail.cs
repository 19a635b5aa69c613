using PipelineBackprop.Blocks;

namespace PipelineBackprop.Stages;

/// <summary>One message in a stage's inbox; the stage handles them in the order they were posted, on its own thread.</summary>
internal readonly record struct StageMail(StageMail.Kind What)
{
    internal enum Kind
    {
        /// <summary>A pass begins with these orders.</summary>
        Begin,

        /// <summary>The previous stage's output of a micro-batch.</summary>
        Activation,

        /// <summary>The next stage's input gradient of a micro-batch; without a tensor where none is needed.</summary>
        Gradient,

        /// <summary>Every stage agreed: take the step.</summary>
        Commit,

        /// <summary>The pass is given up: start nothing more and send nothing more.</summary>
        Abort,

        /// <summary>Nobody sends any more: let go of everything that arrived or was stashed.</summary>
        Drain,

        /// <summary>Nobody holds anything any more: take back what faults left lent.</summary>
        Reclaim,

        /// <summary>Run something on the stage's thread.</summary>
        Call,
    }

    public Pass? Pass { get; init; }

    public PassOrders? Orders { get; init; }

    public int MicroBatch { get; init; }

    public Dual Carried { get; init; }

    public UpdateDecision Decision { get; init; }

    public Action<StageWorker>? Call { get; init; }
}
