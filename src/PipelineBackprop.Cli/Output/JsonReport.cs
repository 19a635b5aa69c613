using System.Text.Json;
using PipelineBackprop.Cli.Pictures;
using PipelineBackprop.Cli.Runs;
using PipelineBackprop.Timelines;
using PipelineBackprop.Training;

namespace PipelineBackprop.Cli.Output;

/// <summary>One JSON object a line, each with its "event".</summary>
internal sealed class JsonReport(TextWriter output) : ITrainingReport
{
    private RunStart? _start;

    public void Begin(RunStart start) => _start = start;

    public void Note(string sentence) => Write(new { @event = "note", text = sentence });

    public void Started(TrainingPlan plan) => Write(TrainingEvents.Started(_start!, plan));

    public void StepEnded(StepResult step, long epoch) => Write(TrainingEvents.Step(step, epoch));

    public void Evaluated(TrainingEvaluation evaluation) => Write(TrainingEvents.Evaluation(evaluation));

    public void CheckpointSaved(long step, string directory) => Write(TrainingEvents.Checkpoint(step, directory));

    public Task<T> WatchAsync<T>(Task<T> training) => training;

    public void Timeline(StepComparison comparison, TimelineFiles files) => Write(TimelineLine.Of(comparison, files));

    public void End(RunSummary summary)
    {
        var line = JsonSerializer.SerializeToNode(summary, JsonLines.Options)!.AsObject();
        line.Insert(0, "event", "summary");
        output.WriteLine(line.ToJsonString(JsonLines.Options));
        output.Flush();
    }

    public void Compare(string setting, IReadOnlyList<(string Value, RunSummary Summary)> runs) => Write(new
    {
        @event = "comparison",
        setting,
        runs = runs.Select(run => new { value = JsonSerializer.Deserialize<JsonElement>(run.Value), trainLoss = run.Summary.TrainLoss, testLoss = run.Summary.TestLoss, testAccuracy = run.Summary.TestAccuracy, objective = run.Summary.Objective, weightNorm = run.Summary.WeightNorm, folder = run.Summary.Folder }),
    });

    private void Write(object line)
    {
        output.WriteLine(JsonSerializer.Serialize(line, JsonLines.Options));
        output.Flush();
    }
}
