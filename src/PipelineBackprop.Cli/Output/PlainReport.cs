using System.Globalization;
using PipelineBackprop.Training;
using Spectre.Console;

namespace PipelineBackprop.Cli.Output;

/// <summary>Plain lines for files and pipes: one an evaluation, and one every ten seconds between them.</summary>
internal sealed class PlainReport(IAnsiConsole console, TimeProvider time) : PersonReport(console, time)
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(10), s_look = TimeSpan.FromMilliseconds(100);
    private readonly TimeProvider _time = time;
    private long _last = time.GetTimestamp();

    public override void StepEnded(StepResult step, long epoch)
    {
        base.StepEnded(step, epoch);
        if (_time.GetElapsedTime(_last) < s_pause) return;
        _last = _time.GetTimestamp();
        string left = Progress.Remaining is { } remaining ? $"  {Numbers.Duration(remaining)} left" : "";
        Say(string.Create(CultureInfo.InvariantCulture,
            $"step {Numbers.Whole(step.Step)} of {Numbers.Whole(Progress.TotalSteps)}  L {Numbers.Loss(Progress.Loss)}  s {Numbers.Loss(step.Regularization)}  {Numbers.Whole(Progress.ExamplesPerSecond)} examples/s{left}"));
    }

    public override async Task<T> WatchAsync<T>(Task<T> training)
    {
        while (!training.IsCompleted)
        {
            await Task.WhenAny(training, Task.Delay(s_look));
            WriteLines();
        }
        WriteLines();
        return await training;
    }
}
