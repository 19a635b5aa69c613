using System.Globalization;
using System.Runtime.CompilerServices;
using PipelineBackprop.Cli.Output;
using PipelineBackprop.Configuration;
using PipelineBackprop.Gpu;
using PipelineBackprop.Planning;
using PipelineBackprop.Training;

namespace PipelineBackprop.Cli.Runs;

/// <summary>
/// A plan with what its run takes at most. The planner counts training steps by a formula; the run evaluates too, so what is held against the budget is a dry run, which
/// is exact.
/// </summary>
/// <param name="Plan">The plan.</param>
/// <param name="Run">The run with the plan's numbers.</param>
/// <param name="Options">Its pipeline.</param>
/// <param name="PeakBytes">The most that one of its devices takes, evaluation included; on the processor each stage is one.</param>
internal sealed record BudgetedPlan(PipelinePlan Plan, RunFile Run, PipelineOptions Options, long PeakBytes)
{
    /// <summary>The fastest plan whose run stays within the budget.</summary>
    /// <param name="planner">Plans the run's layers.</param>
    /// <param name="run">The run.</param>
    /// <param name="shape">Its data.</param>
    /// <param name="memory">Bytes a device; null for what it has.</param>
    /// <param name="cancellationToken">Stops the measuring.</param>
    /// <exception cref="InvalidInputException">Nothing fits; says what is least.</exception>
    public static async Task<BudgetedPlan> FindAsync(PipelinePlanner planner, RunFile run, RunShape shape, long? memory, CancellationToken cancellationToken)
    {
        await foreach (BudgetedPlan plan in FastestFirstAsync(planner, run, shape, memory, cancellationToken))
            if (memory is null || plan.PeakBytes <= memory) return plan;
        BudgetedPlan least = await FastestFirstAsync(planner, run, shape, memory: null, cancellationToken).MinByAsync(plan => plan.PeakBytes, cancellationToken: cancellationToken)
            ?? throw new InvalidOperationException("A network has a plan when memory is no limit.");
        throw new InvalidInputException(string.Create(CultureInfo.InvariantCulture,
            $"No plan keeps every stage within {Numbers.Bytes(memory!.Value)}; the least is {Numbers.Bytes(least.PeakBytes)} a stage, evaluation included, with {least.Plan.Stages.Count} of {least.Options.Layers.Count} possible stages and {least.Plan.MicroBatches} micro-batch{(least.Plan.MicroBatches == 1 ? "" : "es")}: take a smaller 'training.batchSize', a smaller network or more devices."));
    }

    /// <summary>Every plan that is faster than all that take less by the planner's count.</summary>
    private static async IAsyncEnumerable<BudgetedPlan> FastestFirstAsync(
        PipelinePlanner planner, RunFile run, RunShape shape, long? memory, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (await planner.BestAsync(shape.BatchOf(run), new PlanLimits { Memory = memory }, cancellationToken) is { } plan)
        {
            yield return await OfAsync(plan, run, shape, cancellationToken);
            memory = plan.LargestDeviceBytes - 1;
        }
    }

    /// <summary>A plan with what its run takes.</summary>
    private static async Task<BudgetedPlan> OfAsync(PipelinePlan plan, RunFile run, RunShape shape, CancellationToken cancellationToken)
    {
        run = run with { Pipeline = AutomaticPipeline.Apply(run.Pipeline, plan) };
        PipelineOptions options = RunModel.CreateOptions(run, shape.Data, DeviceCatalog.Find);
        IReadOnlyList<MemoryReport> stages = await MemoryForecast.TrainingByStageAsync(options, shape.BatchOf(run), shape.MostEvaluated, cancellationToken);
        long peak = stages.Select((stage, index) => (stage.Total, plan.Stages[index].Device)).GroupBy(stage => stage.Device).Max(device => device.Sum(stage => stage.Total));
        return new BudgetedPlan(plan, run, options, peak);
    }
}
