using System.Globalization;
using PipelineBackprop.Cli.Pictures;
using PipelineBackprop.Cli.Runs;
using PipelineBackprop.Naming;
using PipelineBackprop.Timelines;
using PipelineBackprop.Training;
using Spectre.Console;

namespace PipelineBackprop.Cli.Output;

/// <summary>What a person reads: a head, a line an evaluation, a summary. Events come from the training's thread, drawing happens on the caller's.</summary>
internal abstract class PersonReport(IAnsiConsole console, TimeProvider time) : ITrainingReport
{
    private readonly Lock _lock = new();
    private readonly Queue<string> _lines = new(); // guarded by _lock
    private bool _begun; // a comparison begins several runs

    protected IAnsiConsole Console { get; } = console;

    /// <summary>Guarded by <see cref="Locked{T}"/>.</summary>
    protected TrainingProgress Progress { get; private set; } = new(time);

    public void Begin(RunStart start)
    {
        lock (_lock) Progress = new TrainingProgress(time);
        if (_begun) Console.WriteLine();
        _begun = true;
        Console.MarkupLineInterpolated($"[bold]{start.Name}[/]  {start.Model}");
        Console.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"{start.Parameters:N0} parameters  {start.Split}");
    }

    public void Note(string sentence) => Console.MarkupLineInterpolated($"[yellow]{sentence}[/]");

    public void Started(TrainingPlan plan)
    {
        lock (_lock) Progress.Start(plan);
        string tested = plan.TestExamples > 0 ? $", {Numbers.Whole(plan.TestExamples)} to test" : "";
        string resumed = plan.FirstStep > 0 ? $", continued after step {Numbers.Whole(plan.FirstStep)}" : "";
        Say($"{Counted.Of(plan.TrainExamples, "example")} to train{tested}  {Counted.Of(plan.TotalSteps, "step")}{resumed}");
        Say("");
    }

    public virtual void StepEnded(StepResult step, long epoch)
    {
        lock (_lock) Progress.Add(step);
    }

    public void Evaluated(TrainingEvaluation evaluation)
    {
        lock (_lock)
        {
            Progress.Add(evaluation);
            string accuracy = evaluation.Test.Accuracy is { } part ? $"  test accuracy [bold]{Numbers.Percent(part)}[/]" : "";
            string regularization = Progress.Regularization == 0 ? "" : $"  s {Numbers.Loss(Progress.Regularization),-9}";
            int width = Numbers.Whole(Progress.TotalSteps).Length;
            Say($"epoch {Progress.Epoch.ToString(CultureInfo.InvariantCulture),2} step {Numbers.Whole(evaluation.Step).PadLeft(width)}  "
                + $"L {Numbers.Loss(evaluation.TrainLoss),-9}{regularization}  test L {Numbers.Loss(evaluation.Test.Loss),-9}{accuracy}  {Numbers.Whole(Progress.ExamplesPerSecond)}/s");
        }
    }

    public void CheckpointSaved(long step, string directory) { }

    public abstract Task<T> WatchAsync<T>(Task<T> training);

    public void Timeline(StepComparison comparison, TimelineFiles files)
    {
        TimelineView.Write(Console, comparison);
        Console.MarkupLineInterpolated($"Timeline: [bold]{files.Svg}[/], and {files.Trace} for https://ui.perfetto.dev");
    }

    public void End(RunSummary summary) => SummaryView.Write(Console, summary);

    public void Compare(string setting, IReadOnlyList<(string Value, RunSummary Summary)> runs) => ComparisonView.Write(Console, setting, runs);

    protected T Locked<T>(Func<T> read)
    {
        lock (_lock) return read();
    }

    /// <summary>Hands a line of markup to whoever draws.</summary>
    protected void Say(string markup)
    {
        lock (_lock) _lines.Enqueue(markup);
    }

    /// <summary>Whether lines have come in that are not written yet.</summary>
    protected bool HasLines => Locked(() => _lines.Count > 0);

    /// <summary>Writes the lines that have come in.</summary>
    protected void WriteLines()
    {
        while (true)
        {
            string? line;
            lock (_lock)
                if (!_lines.TryDequeue(out line)) return;
            Console.MarkupLine(line);
        }
    }
}
