using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using BenchmarkDotNet.Parameters;
using BenchmarkDotNet.Running;
using PipelineBackprop.Benchmarks.Operations;
using PipelineBackprop.Benchmarks.Scoreboard;
using PipelineBackprop.Benchmarks.Turns;

namespace PipelineBackprop.Benchmarks;

/// <summary>
/// Runs every case of every benchmark once, setup and cleanup included, without measuring: a benchmark that no longer works is found the day it breaks.
/// Benchmarks of one class that return a number must return the same bits for the same parameters.
/// </summary>
internal static class Smoke
{
    // A hop or a step that never comes back must not hold up whoever waits for the answer.
    private static readonly TimeSpan s_longestCase = TimeSpan.FromSeconds(30);

    /// <summary>0 when all worked; 1 and a sentence for each that did not.</summary>
    public static int Run()
    {
        long started = Stopwatch.GetTimestamp();
        int cases = 0, broken = 0;
        foreach (Type type in typeof(Smoke).Assembly.GetTypes().Where(type => type is { IsAbstract: false, IsPublic: true }))
        {
            var results = new Dictionary<string, (double Value, string Method)>();
            foreach (BenchmarkCase benchmark in BenchmarkConverter.TypeToBenchmarks(type).BenchmarksCases)
            {
                cases++;
                if (Complaint(benchmark, results) is not { } sentence) continue;
                broken++;
                Console.Error.WriteLine(sentence);
            }
        }
        List<string> complaints = [.. ScoreboardProgram.Smoke(), .. Task.Run(TurnsProgram.SmokeAsync).GetAwaiter().GetResult()];
        if (OperationsProgram.Smoke() is { } complaint) complaints.Add(complaint);
        foreach (string sentence in complaints) Console.Error.WriteLine(sentence);
        if (cases == 0) Console.Error.WriteLine("No benchmark was found in the assembly.");
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{cases} benchmark cases, the sections of bench, turns and operations ran once, {broken + complaints.Count} broken, {seconds:0.0} s"));
        return cases > 0 && broken + complaints.Count == 0 ? 0 : 1;
    }

    private static string? Complaint(BenchmarkCase benchmark, Dictionary<string, (double Value, string Method)> results)
    {
        MethodInfo method = benchmark.Descriptor.WorkloadMethod;
        string parameters = string.Join(", ", benchmark.Parameters.Items.Select(item => $"{item.Name} = {item.Value}"));
        string name = $"{benchmark.Descriptor.Type.Name}.{method.Name}({parameters})";
        try
        {
            Task<object?> run = Task.Run(() => RunAsync(benchmark));
            if (!run.Wait(s_longestCase)) return $"{name} has not ended after {s_longestCase.TotalSeconds} s.";
            if (run.Result is not double value) return null;
            if (!double.IsFinite(value)) return string.Create(CultureInfo.InvariantCulture, $"{name} gave {value} instead of a finite number.");
            if (results.TryAdd(parameters, (value, method.Name)) || results[parameters].Value.Equals(value)) return null;
            (double expected, string other) = results[parameters];
            return string.Create(CultureInfo.InvariantCulture, $"{name} gave {value:R} where {other} gave {expected:R}; both must give the same bits.");
        }
        catch (AggregateException exception)
        {
            Exception cause = exception.GetBaseException();
            if (cause is TargetInvocationException { InnerException: { } inner }) cause = inner;
            return $"{name} failed with {cause.GetType().Name}: {cause.Message}";
        }
    }

    private static async Task<object?> RunAsync(BenchmarkCase benchmark)
    {
        Descriptor descriptor = benchmark.Descriptor;
        object instance = Activator.CreateInstance(descriptor.Type)!;
        foreach (ParameterInstance parameter in benchmark.Parameters.Items) descriptor.Type.GetProperty(parameter.Name)!.SetValue(instance, parameter.Value);
        await CallAsync(instance, descriptor.GlobalSetupMethod);
        object? result = await CallAsync(instance, descriptor.WorkloadMethod);
        await CallAsync(instance, descriptor.GlobalCleanupMethod);
        return result;
    }

    private static async Task<object?> CallAsync(object instance, MethodInfo? method)
    {
        object? result = method?.Invoke(instance, null);
        if (result is not Task task) return result;
        await task;
        return task is Task<double> number ? number.Result : null;
    }
}
