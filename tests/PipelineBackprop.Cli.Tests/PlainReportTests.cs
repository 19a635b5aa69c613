using System.Globalization;
using PipelineBackprop.Cli.Output;
using PipelineBackprop.Training;
using Spectre.Console;
using Xunit;

namespace PipelineBackprop.Cli.Tests;

public sealed class PlainReportTests
{
    [Fact]
    public async Task StepEnded_LongTraining_TellsOfItEveryTenSeconds()
    {
        using var output = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(output), Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors });
        console.Profile.Width = 240;
        var time = new Clock();
        var report = new PlainReport(console, time);
        report.Started(new TrainingPlan(FirstStep: 100, TotalSteps: 200, StepsPerEpoch: 50, TrainExamples: 400, TestExamples: 0));
        for (int step = 101; step <= 124; step++)
        {
            time.Seconds++;
            report.StepEnded(new StepResult(step, Examples: 8, Loss: 0.5, Regularization: 0, GradientNorm: 1, LearningRate: 0.1, TimeSpan.FromSeconds(1), []), epoch: 2);
        }
        await report.WatchAsync(Task.FromResult(0));

        Assert.Equal(
            "400 examples to train  200 steps, continued after step 100\n\n"
            + "step 110 of 200  L 0.5000  s 0  8 examples/s  90.0 s left\nstep 120 of 200  L 0.5000  s 0  8 examples/s  80.0 s left\n", output.ToString());
    }

    private sealed class Clock : TimeProvider
    {
        public long Seconds { get; set; }

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Seconds;
    }
}
