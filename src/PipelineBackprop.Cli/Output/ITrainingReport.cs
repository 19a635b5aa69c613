using PipelineBackprop.Cli.Pictures;
using PipelineBackprop.Cli.Runs;
using PipelineBackprop.Timelines;
using PipelineBackprop.Training;

namespace PipelineBackprop.Cli.Output;

/// <summary>Tells of a training while it goes: to a person on a terminal, as plain lines, or as JSON to another program.</summary>
internal interface ITrainingReport : ITrainingObserver
{
    /// <summary>What is going to be trained.</summary>
    void Begin(RunStart start);

    /// <summary>Something worth a line: the folder's new name, a checkpoint passed over.</summary>
    void Note(string sentence);

    /// <summary>Shows the training until it ends, and gives back what it gives.</summary>
    Task<T> WatchAsync<T>(Task<T> training);

    /// <summary>A step was drawn.</summary>
    void Timeline(StepComparison comparison, TimelineFiles files);

    /// <summary>What it came to.</summary>
    void End(RunSummary summary);

    /// <summary>The runs of a comparison, one a value of the setting.</summary>
    void Compare(string setting, IReadOnlyList<(string Value, RunSummary Summary)> runs);
}
