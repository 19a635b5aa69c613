namespace PipelineBackprop.Blocks;

/// <summary>What an optimizer block is told, in the order it happens.</summary>
internal readonly record struct OptimizerMessage(Pass Pass, OptimizerMessage.Kind What, int Layer, int MicroBatch, UpdateDecision Decision)
{
    internal enum Kind
    {
        /// <summary>A layer's gradients of one micro-batch are in its sums.</summary>
        Contribution,

        /// <summary>The stage has run its last action of the pass.</summary>
        Finish,

        /// <summary>Every stage agreed: take the step.</summary>
        Commit,
    }

    public static OptimizerMessage Contribution(Pass pass, int layer, int microBatch) => new(pass, Kind.Contribution, layer, microBatch, default);

    public static OptimizerMessage Finish(Pass pass) => new(pass, Kind.Finish, -1, -1, default);

    public static OptimizerMessage Commit(Pass pass, UpdateDecision decision) => new(pass, Kind.Commit, -1, -1, decision);
}
