using PipelineBackprop.Blocks;
using PipelineBackprop.Compute;
using PipelineBackprop.Diagnostics;
using PipelineBackprop.Layers;
using PipelineBackprop.Schedules;

namespace PipelineBackprop.Stages;

/// <summary>
/// What a stage does with its waits: it brings packed weights up to date before the first F and the first B ask for them, so that neither its neighbours nor the
/// whole pipeline wait for that. Used on the stage's thread.
/// </summary>
internal sealed class WeightPreparation(StageRecorder recorder, IReadOnlyList<LayerContext> contexts)
{
    private int _next, _end; // of all layers for F, then of all in reverse for B

    /// <summary>A pass begins.</summary>
    public void Begin(Pass pass) => (_next, _end) = (0, !pass.ReusesParameters ? 0 : pass.IsTraining ? 2 * contexts.Count : contexts.Count);

    /// <summary>An action begins, which packs itself what has not been prepared.</summary>
    public void Start(ActionKind action) => _next = Math.Max(_next, action == ActionKind.Forward ? contexts.Count : 2 * contexts.Count);

    /// <summary>Prepares layer after layer until there are none left, or the stage <paramref name="isCalled"/> to something else.</summary>
    public void Go(Func<bool> isCalled)
    {
        for (; _next < _end && !isCalled(); _next++)
        {
            bool isForward = _next < contexts.Count;
            LayerContext context = contexts[isForward ? _next : 2 * contexts.Count - 1 - _next];
            long started = recorder.Start();
            if (context.RenewPackedWeights(isForward ? WeightUse.Forward : WeightUse.InputGradient)) recorder.End(TimelineEventKind.Preparation, -1, started);
        }
    }
}
