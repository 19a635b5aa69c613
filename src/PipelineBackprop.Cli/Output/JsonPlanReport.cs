using System.Text.Json;
using PipelineBackprop.Cli.Runs;
using PipelineBackprop.Configuration;
using PipelineBackprop.Planning;
using PipelineBackprop.Training;

namespace PipelineBackprop.Cli.Output;

/// <summary>A plan for other programs: one object a line, its kind in "plan"; seconds and bytes.</summary>
internal sealed class JsonPlanReport(TextWriter output) : IPlanReport
{
    public void Chosen(BudgetedPlan chosen, PipelineSettings given) => Write(Line("chosen", chosen.Plan, examples: null));

    public void Memory(PipelineOptions options, int batchSize, IReadOnlyList<MemoryReport> training, IReadOnlyList<MemoryReport> inference)
    {
        foreach ((string use, IReadOnlyList<MemoryReport> stages) in (ReadOnlySpan<(string, IReadOnlyList<MemoryReport>)>)[("training", training), ("inference", inference)])
            Write(new { plan = "memory", use, examples = batchSize, stages, together = MemoryReport.Sum(stages) });
    }

    public void Time(PipelineProfile profile, PipelinePlan plan)
    {
        foreach (ModelProfile model in profile.Models)
        {
            Write(new { plan = "engine", device = model.Device, profile = model.Engine });
            foreach (LayerProfile layer in model.Layers) Write(new { plan = "layer", device = model.Device, rows = model.Rows, profile = layer });
        }
        foreach (LinkProfile link in profile.Links)
            Write(new { plan = "transfers", from = profile.Models[link.From].Device, to = profile.Models[link.To].Device, layers = link.Outputs });
        Write(Line("step", plan, examples: null));
    }

    public void Compare(PlanComparison comparison, int examples)
    {
        foreach (PipelinePlan plan in comparison.Split) Write(Line("split", plan, examples));
        foreach (PipelinePlan plan in comparison.Smaller) Write(Line("smaller", plan, examples));
    }

    private static object Line(string kind, PipelinePlan plan, int? examples) => new
    {
        plan = kind,
        devices = plan.Devices,
        boundaries = plan.Boundaries,
        batchSize = plan.BatchSize,
        microBatches = plan.MicroBatches,
        schedule = plan.Schedule,
        recomputation = plan.Recomputation.Select(SettingName.Of),
        stepSeconds = plan.StepSeconds,
        barrierBubble = plan.BarrierBubble,
        spanBubble = plan.SpanBubble,
        stageBytes = plan.Stages.Select(stage => stage.Bytes),
        transferBytes = plan.TransferBytes,
        updatesPerEpoch = examples is { } count ? plan.StepsPerEpoch(count) : (long?)null,
        epochSeconds = examples is { } all ? plan.StepSeconds * plan.StepsPerEpoch(all) : (double?)null,
        stages = plan.Stages,
    };

    private void Write(object line) => output.WriteLine(JsonSerializer.Serialize(line, JsonLines.Options));
}
