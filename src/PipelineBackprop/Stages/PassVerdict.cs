using PipelineBackprop.Blocks;
using PipelineBackprop.Schedules;

namespace PipelineBackprop.Stages;

/// <summary>What the stages' reports of a pass come to. Pure functions.</summary>
internal static class PassVerdict
{
    /// <summary>Sums in micro-batch and layer order, whatever the split: the same bits for every number of stages.</summary>
    public static PassResult Summarize(PassRun run)
    {
        double loss = 0, squares = 0, regularization = 0;
        foreach (double sum in run.Pass.LossSums) loss += sum;
        foreach (GradientReport? report in run.Reports)
        {
            if (report is null) continue;
            foreach (double square in report.GradientSquares) squares += square;
            foreach (double term in report.Regularization) regularization += term;
        }
        bool skipped = run.Request.MaySkip && (!double.IsFinite(squares) || run.NonFinite.Any(fault => fault is not null));
        return new PassResult(loss / run.Pass.Examples, regularization, Math.Sqrt(squares), skipped, run.Pass.LossSums);
    }

    /// <summary>The first value that is not finite, in the order of the network, unless the step is skipped for it; null where there is none.</summary>
    public static PipelineException? FindNonFinite(PassRun run, IReadOnlyList<PipelineStage> stages)
    {
        if (NonFinitePlaces.First(run.NonFinite) is (int stageOfFault, { } found) && !(run.Result.Skipped && found.Place.Action != ActionKind.Forward))
            return Failure(run.Pass, stageOfFault, found);
        if (run.Pass.Mode == PassMode.Predict) return null;
        int last = stages.Count - 1;
        double[] losses = run.Pass.LossSums;
        int bad = Array.FindIndex(losses, sum => !double.IsFinite(sum));
        if (bad >= 0)
            return NonFinite(run, last, new BlockPlace(-1, $"loss ({stages[last].Definition.Loss})", ActionKind.Forward, bad), "the loss");
        for (int stage = 0; stage < stages.Count && !run.Result.Skipped; stage++)
        {
            if (run.Reports[stage] is not { } report) continue;
            int parameter = Array.FindIndex(report.GradientSquares, square => !double.IsFinite(square));
            if (parameter < 0) continue;
            OptimizedParameter named = stages[stage].Parameters.All[parameter];
            return NonFinite(
                run, stage, new BlockPlace(named.Layer, named.Name, ActionKind.WeightGradient, losses.Length - 1),
                run.Pass.Direction is null ? "the gradient" : "the Hessian-vector product");
        }
        return null;
    }

    /// <summary>A block's failure as the caller hears of it.</summary>
    public static PipelineException Failure(Pass pass, int stage, BlockFault fault) => new(
        pass.Step, stage, fault.Place,
        fault.Exception is OperationCanceledException ? "was cancelled from inside the layer" : MessageOf(fault.Exception), fault.Exception);

    /// <summary>What a caller hears whose pass failed: another caller's cancellation is not his own.</summary>
    public static Exception Told(Pass pass, Exception failure, CancellationToken own) => failure is OperationCanceledException && !own.IsCancellationRequested
        ? new PipelineException(pass.Step, 0, new BlockPlace(-1, "schedule", ActionKind.Forward, 0), "was given up together with a step that was cancelled", failure)
        : failure;

    // A message is code of whoever wrote the exception.
    private static string MessageOf(Exception exception)
    {
        try { return exception.Message; }
        catch (Exception) { return exception.GetType().Name; }
    }

    private static PipelineException NonFinite(PassRun run, int stage, BlockPlace place, string what)
    {
        var inner = new NonFiniteValueException(what);
        return new PipelineException(run.Pass.Step, stage, place, inner.Message, inner);
    }
}
