namespace PipelineBackprop.Diagnostics;

/// <summary>
/// The clock of the watchdog, good to some milliseconds: every message notes when it began, and a stopwatch takes four times as long to read.
/// </summary>
internal static class CoarseClock
{
    /// <summary>Milliseconds since some moment in the past; never goes back.</summary>
    public static long Now => Environment.TickCount64;

    /// <summary>Time since a reading of <see cref="Now"/>.</summary>
    public static TimeSpan Since(long reading) => TimeSpan.FromMilliseconds(Now - reading);
}
