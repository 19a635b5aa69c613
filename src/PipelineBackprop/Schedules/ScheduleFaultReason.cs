namespace PipelineBackprop.Schedules;

/// <summary>Why a schedule cannot be run.</summary>
public enum ScheduleFaultReason
{
    /// <summary>A stage, micro-batch or kind that the schedule does not have.</summary>
    OutOfRange,

    /// <summary>An action on a device that does not own its stage.</summary>
    WrongDevice,

    /// <summary>An action that stands twice.</summary>
    DuplicateAction,

    /// <summary>An action that stands nowhere.</summary>
    MissingAction,

    /// <summary>An action ahead of one on the same device whose result it needs.</summary>
    UseBeforeProduction,

    /// <summary>W ahead of B of the same stage and micro-batch.</summary>
    WeightGradientBeforeInputGradient,

    /// <summary>W of one stage out of micro-batch order, so that the sum of its gradients would depend on the schedule.</summary>
    GradientOrder,

    /// <summary>F or B of one stage out of micro-batch order.</summary>
    MicroBatchOrder,

    /// <summary>Devices that wait for each other for ever.</summary>
    CyclicWait,

    /// <summary>A minibatch that begins before the update it needs, or more weight versions at once than there are.</summary>
    WeightVersion,

    /// <summary>More stashed on a stage or device than its budget.</summary>
    StashBudgetExceeded,
}
