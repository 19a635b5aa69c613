using System.Diagnostics;
using System.Globalization;
using PipelineBackprop.Benchmarks.Scoreboard;
using PipelineBackprop.Benchmarks.Turns;

namespace PipelineBackprop.Benchmarks.Operations;

/// <summary><c>operations WIDTHS BATCH MICROBATCHES THREADS [SECONDS]</c>: where a step of the layers goes, operation by operation, in the order of the step.</summary>
internal static class OperationsProgram
{
    private const int Done = 0, BadInput = 2, WarmUps = 20;

    /// <summary>0 when the step was timed; 2 for words that make no sense.</summary>
    public static int Run(string[] arguments)
    {
        if (arguments is not [string widths, string batch, string parts, string threads, .. { Length: <= 1 } rest] || Read(widths, batch, parts, threads) is not { } stepCase || !TryRead(rest, out double seconds))
        {
            Console.Error.WriteLine("operations takes WIDTHS BATCH MICROBATCHES THREADS and SECONDS, such as 784-256-10 256 1 2 and 5.");
            return BadInput;
        }
        TimedCompute? timed = null;
        using var step = new LayerStep(stepCase, compute => timed = new TimedCompute(compute));
        Take(step, timed!, steps: WarmUps, TimeSpan.Zero);
        timed!.Clear();
        Take(step, timed, steps: 1, TimeSpan.FromSeconds(seconds));
        Print(timed);
        return Done;
    }

    /// <summary>Times two steps; a sentence when that is broken.</summary>
    public static string? Smoke()
    {
        try
        {
            TimedCompute? timed = null;
            using var step = new LayerStep(new StepCase([6, 5, 3], Examples: 8, Stages: 1, MicroBatches: 2, Threads: 1), compute => timed = new TimedCompute(compute));
            Take(step, timed!, steps: 2, TimeSpan.Zero);
            return timed!.Operations.All(operation => operation.Seconds.Count == 2) ? null : "operations timed other operations in the second step than in the first.";
        }
        catch (Exception error)
        {
            return $"operations failed with {error.GetType().Name}: {error.Message}";
        }
    }

    private static void Take(LayerStep step, TimedCompute timed, int steps, TimeSpan time)
    {
        long started = Stopwatch.GetTimestamp();
        for (int taken = 0; taken < steps || Stopwatch.GetElapsedTime(started) < time; taken++)
        {
            timed.BeginStep();
            step.Take();
        }
    }

    private static void Print(TimedCompute timed)
    {
        double all = timed.Operations.Sum(operation => Samples.MedianOf(operation.Seconds)), flops = timed.Operations.Sum(operation => operation.Flops);
        foreach ((string name, double work, List<double> seconds) in timed.Operations) Console.WriteLine(Line(name, work, Samples.MedianOf(seconds), all));
        Console.WriteLine(Line("all", flops, all, all));
    }

    private static string Line(string name, double flops, double seconds, double all) => string.Create(CultureInfo.InvariantCulture,
        $"{name,-34} {Measure.OfSeconds(seconds).Text,9} {seconds / all,6:0.0%} {(flops > 0 ? $"{flops / seconds / 1e9,6:0.0} GFLOP/s" : "")}");

    private static bool TryRead(string[] rest, out double seconds)
    {
        seconds = 3;
        return rest.Length == 0 || (double.TryParse(rest[0], NumberStyles.Float, CultureInfo.InvariantCulture, out seconds) && seconds is > 0 and <= 3600);
    }

    private static StepCase? Read(string widths, string batch, string parts, string threads)
    {
        int[] numbers = [.. widths.Split('-').Append(batch).Append(parts).Append(threads).Select(text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0)];
        return numbers.Length < 5 || numbers.Contains(0) || numbers[^1] > TurnsWork.MostThreads ? null : new StepCase(numbers[..^3], numbers[^3], Stages: 1, numbers[^2], numbers[^1]);
    }
}
