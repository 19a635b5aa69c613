using System.Globalization;
using System.Text.Json;
using PipelineBackprop.Cli.Runs;
using PipelineBackprop.Curvature;
using PipelineBackprop.Naming;
using Spectre.Console;

namespace PipelineBackprop.Cli.Output;

/// <summary>The curvature of J, for a person and for a program.</summary>
internal static class CurvatureView
{
    public static void Write(IAnsiConsole console, CurvatureResult result, string weights)
    {
        console.WriteLine($"H of J over {Counted.Of(result.Examples, "example")} and {Counted.Of(result.Parameters, "parameter")}, at {weights}");
        Table table = Tables.Plain("", "value", "±", "");
        for (int i = 0; i < result.Eigenvalues.Largest.Count; i++)
            Row(string.Create(CultureInfo.InvariantCulture, $"λ{i + 1}"), result.Eigenvalues.Largest[i].Value, result.Eigenvalues.Largest[i].Bound, i == 0 ? "the largest eigenvalues, with residual bounds" : "");
        Row("λ min", result.Eigenvalues.Smallest.Value, result.Eigenvalues.Smallest.Bound, "the smallest eigenvalue as far as it is known");
        if (result.Trace is { } trace) Row("trace", trace.Mean, trace.StandardError, string.Create(CultureInfo.InvariantCulture, $"{Counted.Of(trace.Probes, "probe")}, with their standard error"));
        console.Write(table);
        ProductCost cost = result.Cost;
        console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"A product Hv costs {cost.Gradients:0.00} gradients: {Numbers.Time(cost.ProductSeconds)} beside {Numbers.Time(cost.GradientSeconds)} on {Counted.Of(cost.Examples, "example")}."));
        console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{(result.Eigenvalues.Converged ? "Converged" : "Not converged")} after {Counted.Of(result.Eigenvalues.Steps, "step")} of Lanczos; all took {Numbers.Time(result.Seconds)}."));

        void Row(string name, double value, double error, string what) => table.AddRow(name, Numbers.Loss(value), double.IsNaN(error) ? "-" : Numbers.Loss(error), what);
    }

    public static void WriteJson(TextWriter output, CurvatureResult result) => output.WriteLine(JsonSerializer.Serialize(
        new
        {
            parameters = result.Parameters,
            examples = result.Examples,
            eigenvalues = result.Eigenvalues.Largest.Select(Line),
            smallest = Line(result.Eigenvalues.Smallest),
            steps = result.Eigenvalues.Steps,
            converged = result.Eigenvalues.Converged,
            trace = result.Trace is { } trace ? new { mean = trace.Mean, standardError = trace.StandardError, probes = trace.Probes } : null,
            cost = new { gradients = result.Cost.Gradients, productSeconds = result.Cost.ProductSeconds, gradientSeconds = result.Cost.GradientSeconds, examples = result.Cost.Examples },
            seconds = result.Seconds,
        },
        JsonLines.Options));

    private static object Line(RitzValue ritz) => new { value = ritz.Value, bound = ritz.Bound };
}
