using System.Globalization;
using PipelineBackprop.Cli.Output;
using PipelineBackprop.Configuration;
using PipelineBackprop.Planning;
using PipelineBackprop.Schedules;
using PipelineBackprop.Training;

namespace PipelineBackprop.Cli.Runs;

/// <summary>Puts a chosen plan where a run file says "stages": "auto".</summary>
internal static class AutomaticPipeline
{
    /// <summary>The run with the numbers of the best plan, and a sentence that says which.</summary>
    /// <param name="run">A run of automatic stages.</param>
    /// <param name="options">Its options.</param>
    /// <param name="batchSize">Examples of a minibatch.</param>
    /// <param name="cancellationToken">Stops the measuring.</param>
    public static async Task<(RunFile Run, string Sentence)> ChooseAsync(RunFile run, PipelineOptions options, int batchSize, CancellationToken cancellationToken)
    {
        PipelinePlan plan = (await new PipelinePlanner(options).BestAsync(batchSize, cancellationToken: cancellationToken))!;
        return (run with { Pipeline = Apply(run.Pipeline, plan) }, "Chosen by measuring: " + Describe(plan) + ".");
    }

    /// <summary>The settings with a plan's numbers.</summary>
    public static PipelineSettings Apply(PipelineSettings settings, PipelinePlan plan) => settings with
    {
        Stages = plan.Devices,
        Chunks = plan.Stages.Count == plan.Devices ? null : plan.Stages.Count / plan.Devices,
        Boundaries = [.. plan.Boundaries.Skip(1)],
        MicroBatches = plan.MicroBatches,
        Schedule = plan.Schedule,
        Recomputation = plan.Recomputation.Distinct().Count() == 1 ? [plan.Recomputation[0]] : plan.Recomputation,
    };

    private static string Recomputed(PipelinePlan plan) => plan.Recomputation.All(stage => stage == Recomputation.Never)
        ? "" : ", recomputation " + string.Join(", ", plan.Recomputation.Distinct().Count() == 1 ? [SettingName.Of(plan.Recomputation[0])] : plan.Recomputation.Select(SettingName.Of));

    /// <summary>A plan in words: <c>2 stages from layers 0, 1; 8 micro-batches, 1f1b; 1.23 ms a step</c>.</summary>
    public static string Describe(PipelinePlan plan) => string.Create(CultureInfo.InvariantCulture,
        $"{plan.Stages.Count} {(plan.Stages.Count == 1 ? "stage" : "stages from layers " + string.Join(", ", plan.Boundaries))}; {plan.MicroBatches} micro-batch{(plan.MicroBatches == 1 ? "" : "es")}, {plan.Schedule}{Recomputed(plan)}; {Numbers.Time(plan.StepSeconds)} a step");
}
