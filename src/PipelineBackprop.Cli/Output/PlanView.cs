using System.Globalization;
using PipelineBackprop.Cli.Runs;
using PipelineBackprop.Configuration;
using PipelineBackprop.Naming;
using PipelineBackprop.Planning;
using PipelineBackprop.Training;
using Spectre.Console;

namespace PipelineBackprop.Cli.Output;

/// <summary>A plan as a person reads it.</summary>
internal sealed class PlanView(IAnsiConsole console) : IPlanReport
{
    public void Chosen(BudgetedPlan chosen, PipelineSettings given)
    {
        (PipelinePlan plan, PipelineSettings settings) = (chosen.Plan, chosen.Run.Pipeline);
        console.MarkupLineInterpolated($"[bold]{AutomaticPipeline.Describe(plan)}[/], at most {Numbers.Bytes(chosen.PeakBytes)} a {(plan.Devices == plan.Stages.Count ? "stage" : "device")}");
        // What the run file says besides must not stay where the plan leaves it out.
        string boundaries = settings.Boundaries is { Count: > 0 } later ? $" --set pipeline.boundaries=[{string.Join(',', later)}]" : given.Boundaries is null ? "" : " --set pipeline.boundaries=null";
        string chunks = given.Chunks is null || given.Chunks == settings.Chunks ? "" : $" --set pipeline.chunks={(settings.Chunks is { } count ? $"{count}" : "null")}";
        console.MarkupLineInterpolated(CultureInfo.InvariantCulture,
            $"[grey]--set pipeline.stages={settings.Stages}{boundaries} --set pipeline.microBatches={settings.MicroBatches} --set pipeline.schedule={settings.Schedule}{chunks}{Recomputation(settings, given)}[/]");
        console.WriteLine();
    }

    private static string Recomputation(PipelineSettings settings, PipelineSettings given) => settings.Recomputation.Concat(given.Recomputation).All(one => one == Schedules.Recomputation.Never)
        ? "" : $" --set pipeline.recomputation=[{string.Join(',', settings.Recomputation.Select(one => $"\"{SettingName.Of(one)}\""))}]";

    public void Memory(PipelineOptions options, int batchSize, IReadOnlyList<MemoryReport> training, IReadOnlyList<MemoryReport> inference)
    {
        console.MarkupLineInterpolated($"{ModelDescription.Of(options)}");
        WriteMemory(string.Create(CultureInfo.InvariantCulture, $"training, {Counted.Of(batchSize, "example")} in {Counted.Of(options.MicroBatches, "micro-batch", "es")}, {options.Schedule}"), training);
        WriteMemory(string.Create(CultureInfo.InvariantCulture, $"inference, {Counted.Of(batchSize, "example")}"), inference);
    }

    public void Time(PipelineProfile profile, PipelinePlan plan)
    {
        foreach (ModelProfile model in profile.Models) WriteLayers(model);
        if (profile.Links.Count > 0) WriteTransfers(profile);
        WriteStages(profile, plan);
        foreach (ModelProfile model in profile.Models) WriteEngine(model, profile.Models.Count > 1 ? $" on {model.Device}" : "");
        console.MarkupLineInterpolated(CultureInfo.InvariantCulture,
            $"A step takes [bold]{Numbers.Time(plan.StepSeconds)}[/], {Numbers.Whole(plan.BatchSize / plan.StepSeconds)} examples a second; bubble {Numbers.Percent(plan.BarrierBubble)} (barrier), {Numbers.Percent(plan.SpanBubble)} (span); {Numbers.Bytes(plan.TransferBytes)} pass between stages.");
    }

    private void WriteLayers(ModelProfile model)
    {
        Table layers = Tables.Plain($"measured on {model.Device}, {Counted.Of(model.Rows, "row")}", "F", "B", "W", "update", "transfer", "parameters", "kept", "output");
        foreach (LayerProfile layer in model.Layers)
        {
            layers.AddRow(
                LayerName(layer), Numbers.Time(layer.Forward), Numbers.Time(layer.InputGradient), Numbers.Time(layer.WeightGradient),
                Numbers.Time(layer.Update), Numbers.Time(layer.Transfer), Numbers.Bytes(layer.ParameterBytes), Numbers.Bytes(layer.KeptBytes), Numbers.Bytes(layer.OutputBytes));
        }
        console.Write(layers);
    }

    private void WriteTransfers(PipelineProfile profile)
    {
        string[] links = [.. profile.Links.Select(link => $"{profile.Models[link.From].Device} to {profile.Models[link.To].Device}")];
        Table transfers = Tables.Plain(["sent and received of an output, measured", .. links]);
        foreach (LayerProfile layer in profile.Models[0].Layers.SkipLast(1))
            transfers.AddRow([LayerName(layer), .. profile.Links.Select(link => $"{Numbers.Time(link.Outputs[layer.Layer].Send)} + {Numbers.Time(link.Outputs[layer.Layer].Receive)}")]);
        console.Write(transfers);
    }

    private void WriteStages(PipelineProfile profile, PipelinePlan plan)
    {
        bool isRecomputed = plan.Recomputation.Any(one => one != Schedules.Recomputation.Never);
        bool isMixed = profile.Models.Count > 1, isShared = plan.Devices < plan.Stages.Count;
        Table stages = Tables.Plain(["predicted, of a micro-batch", "F", "B", "W", "busy", "update", .. isRecomputed ? ["recomputed", "F again"] : Array.Empty<string>()]);
        for (int i = 0; i < plan.Stages.Count; i++)
        {
            StagePlan stage = plan.Stages[i];
            string place = (isShared ? string.Create(CultureInfo.InvariantCulture, $" on device {stage.Device}") : "") + (isMixed ? $" on {profile.Of(stage.Device).Device}" : "");
            stages.AddRow(
            [
                string.Create(CultureInfo.InvariantCulture, $"stage {i}{place}, from layer {stage.FirstLayer}"), Numbers.Time(stage.Forward), Numbers.Time(stage.InputGradient), Numbers.Time(stage.WeightGradient),
                Numbers.Time(stage.Busy), Numbers.Time(stage.Update), .. isRecomputed ? [SettingName.Of(stage.Recomputation), Numbers.Time(stage.ForwardAgain)] : Array.Empty<string>(),
            ]);
        }
        console.Write(stages);
    }

    private void WriteEngine(ModelProfile model, string place)
    {
        EngineProfile engine = model.Engine;
        console.MarkupLineInterpolated(CultureInfo.InvariantCulture,
            $"[grey]Measured of the engine{place}, and counted above: F, B and W of a stage of one layer take {Numbers.Time(engine.Forward.Of(1))}, {Numbers.Time(engine.InputGradient.Of(1))}, {Numbers.Time(engine.WeightGradient.Of(1))} beside the layer; a hand-over {Numbers.Time(engine.HandOver)}, {Numbers.Time(engine.HandOver + engine.WakeUp)} to a stage asleep; a step {Numbers.Time(engine.Step)} around its actions, {Numbers.Time(engine.StepAlone)} of a single stage.[/]");
    }

    private static string LayerName(LayerProfile layer) => Markup.Escape(string.Create(CultureInfo.InvariantCulture, $"{layer.Layer} {layer.Name}"));

    public void Compare(PlanComparison comparison, int examples)
    {
        Table table = Tables.Plain("", "minibatch", "micro-batches", "a step", "an epoch", "bubble", "memory a device", "memory in all", "updates an epoch", "transfer a step");
        foreach (PipelinePlan plan in comparison.Split) Row(string.Create(CultureInfo.InvariantCulture, $"{plan.Devices} device{(plan.Devices == 1 ? "" : "s")}"), plan);
        foreach (PipelinePlan plan in comparison.Smaller.Skip(1)) Row("1 device, smaller", plan);
        console.Write(table);
        console.MarkupLine("[grey]Splitting keeps the minibatch, and with it the updates and their noise; a smaller minibatch on one device changes both.[/]");

        void Row(string name, PipelinePlan plan) => table.AddRow(
            name, Numbers.Whole(plan.BatchSize), Numbers.Whole(plan.MicroBatches), Numbers.Time(plan.StepSeconds), Numbers.Time(plan.StepSeconds * plan.StepsPerEpoch(examples)),
            Numbers.Percent(plan.BarrierBubble), Numbers.Bytes(plan.LargestDeviceBytes), Numbers.Bytes(plan.Bytes), Numbers.Whole(plan.StepsPerEpoch(examples)), Numbers.Bytes(plan.TransferBytes));
    }

    private void WriteMemory(string title, IReadOnlyList<MemoryReport> stages)
    {
        string[] columns = [.. stages.Select((_, index) => string.Create(CultureInfo.InvariantCulture, $"stage {index}")), .. stages.Count > 1 ? ["together"] : Array.Empty<string>()];
        MemoryReport[] reports = [.. stages, .. stages.Count > 1 ? [MemoryReport.Sum(stages)] : Array.Empty<MemoryReport>()];
        Table table = Tables.Plain([title, .. columns]);
        foreach ((string purpose, Func<MemoryReport, long> bytes) in MemoryRows.All) table.AddRow([purpose, .. reports.Select(report => Numbers.Bytes(bytes(report)))]);
        console.Write(table);
    }
}
