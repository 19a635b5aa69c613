using System.Globalization;
using PipelineBackprop.Curvature;
using Spectre.Console;

namespace PipelineBackprop.Cli.Output;

/// <summary>Draws how far Lanczos and the trace are while a person watches.</summary>
internal static class CurvatureProgress
{
    /// <summary>Does the work, drawing on the console what it reports; nothing where the console is not a terminal.</summary>
    /// <param name="console">Where to draw.</param>
    /// <param name="steps">Most steps of Lanczos.</param>
    /// <param name="probes">Probes of the trace.</param>
    /// <param name="work">Reports its steps and probes.</param>
    public static async Task<T> WatchAsync<T>(
        IAnsiConsole console, int steps, int probes, Func<IProgress<LanczosResult>?, IProgress<TraceEstimate>?, Task<T>> work)
    {
        if (!console.Profile.Capabilities.Interactive) return await work(null, null);
        return await console.Progress().AutoClear(true).Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn())
            .StartAsync(context =>
            {
                ProgressTask lanczos = context.AddTask("eigenvalues", maxValue: steps), trace = context.AddTask("trace", autoStart: false, maxValue: Math.Max(1, probes));
                return work(
                    new Teller<LanczosResult>(result =>
                    {
                        lanczos.Value = result.Converged ? steps : result.Steps;
                        lanczos.Description = $"λ₁ {Of(result.Largest[0].Value, result.Largest[0].Bound)}";
                    }),
                    new Teller<TraceEstimate>(estimate =>
                    {
                        if (!trace.IsStarted) trace.StartTask();
                        trace.Value = estimate.Probes;
                        trace.Description = $"trace {Of(estimate.Mean, estimate.StandardError)}";
                    }));
            });
    }

    private static string Of(double value, double error) =>
        double.IsNaN(error) ? Numbers.Loss(value) : string.Create(CultureInfo.InvariantCulture, $"{Numbers.Loss(value)} ± {Numbers.Loss(error)}");

    // Progress<T> would tell on another thread, and later.
    private sealed class Teller<T>(Action<T> tell) : IProgress<T>
    {
        public void Report(T value) => tell(value);
    }
}
