using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace PipelineBackprop.Cli.Output;

/// <summary>A progress bar and the latest numbers, drawn in place below the lines of the evaluations.</summary>
internal sealed class LiveReport(IAnsiConsole console, TimeProvider time) : PersonReport(console, time)
{
    private const int WidestBar = 40, NarrowestBar = 10, WidthBesideBar = 64;
    private static readonly TimeSpan s_refresh = TimeSpan.FromMilliseconds(120);

    public override async Task<T> WatchAsync<T>(Task<T> training)
    {
        await Console.Live(new Text("")).AutoClear(true).StartAsync(async context =>
        {
            while (!training.IsCompleted)
            {
                await Task.WhenAny(training, Task.Delay(s_refresh));
                if (HasLines)
                {
                    context.UpdateTarget(new Text("")); // lines are written over what is drawn, which may be longer
                    WriteLines();
                }
                context.UpdateTarget(Locked(() => Draw(Progress, Math.Clamp(Console.Profile.Width - WidthBesideBar, NarrowestBar, WidestBar))));
            }
        });
        WriteLines();
        return await training;
    }

    private static IRenderable Draw(TrainingProgress progress, int barWidth)
    {
        int full = (int)(progress.Part * barWidth);
        string left = progress.Remaining is { } remaining ? $"{Numbers.Duration(remaining)} left" : "starting";
        string test = progress.Test?.Accuracy is { } accuracy ? $"  test accuracy [bold]{Numbers.Percent(accuracy)}[/]"
            : progress.Test is { } measured ? $"  test L [bold]{Numbers.Loss(measured.Loss)}[/]" : "";
        string loss = double.IsNaN(progress.Loss) ? "-" : Numbers.Loss(progress.Loss), objective = double.IsNaN(progress.Loss) ? "-" : Numbers.Loss(progress.Objective);
        return new Rows(
            new Markup(string.Create(CultureInfo.InvariantCulture,
                $"[green]{new string('━', full)}[/][grey]{new string('─', barWidth - full)}[/] {progress.Part * 100,3:0} %  epoch {progress.Epoch} of {progress.Epochs}  step {progress.Step:N0} of {progress.TotalSteps:N0}  {left}")),
            new Markup($"L [bold]{loss}[/]  s {Numbers.Loss(progress.Regularization)}  J {objective}{test}  {Numbers.Whole(progress.ExamplesPerSecond)} examples/s"));
    }
}
