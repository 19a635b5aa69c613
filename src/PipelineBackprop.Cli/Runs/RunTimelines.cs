using System.Globalization;
using PipelineBackprop.Cli.Output;
using PipelineBackprop.Cli.Pictures;
using PipelineBackprop.Timelines;
using PipelineBackprop.Training;

namespace PipelineBackprop.Cli.Runs;

/// <summary>Keeps the recorded steps of a training, and draws them when it has ended, so that nothing is measured beside it.</summary>
/// <param name="asked">The steps that are to be drawn.</param>
internal sealed class RunTimelines(IReadOnlyList<long> asked) : ITrainingObserver
{
    private readonly List<StepResult> _steps = [];

    public void StepEnded(StepResult step, long epoch)
    {
        if (step.Timeline is not null) _steps.Add(step);
    }

    /// <summary>Measures the layers and draws every recorded step beside what they predict.</summary>
    public async Task WriteAsync(RunFolder folder, PipelineOptions options, ITrainingReport report, CancellationToken cancellationToken)
    {
        foreach (long step in asked.Except(_steps.Select(step => step.Step)))
            report.Note(string.Create(CultureInfo.InvariantCulture, $"Step {step} was not taken by this training, so it has no timeline."));
        var planner = new PipelinePlanner(options);
        foreach (StepResult step in _steps)
        {
            var comparison = new StepComparison(await planner.AsConfiguredAsync(step.Examples, cancellationToken), step.Timeline!) { StagesHelp = options.AreThreadsLent };
            string name = string.Create(CultureInfo.InvariantCulture, $"step-{step.Step}");
            report.Timeline(comparison, TimelineFiles.Write(comparison, folder.Timelines, name, TimelineTitle.Of(folder.Name, options, step.Step)));
        }
    }
}
