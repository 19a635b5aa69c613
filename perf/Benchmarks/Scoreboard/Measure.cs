namespace PipelineBackprop.Benchmarks.Scoreboard;

/// <summary>A number, its unit, and how it was had.</summary>
internal sealed record Measure(double Value, string Unit, string How = "")
{
    private const int MostDecimals = 12;

    /// <summary>Milliseconds, or microseconds where that is easier to read.</summary>
    public static Measure OfSeconds(double seconds, string how = "") =>
        seconds < 1e-3 ? new Measure(seconds * 1e6, "µs", how) : new Measure(seconds * 1e3, "ms", how);

    public static Measure OfFlops(double flops, double seconds, string how = "") => new(flops / seconds / 1e9, "GFLOP/s", how);

    public static Measure OfBytes(double bytes, double seconds, string how = "") => new(bytes / seconds / 1e9, "GB/s", how);

    /// <summary>Three significant digits and the unit.</summary>
    public string Text => $"{Number(Value)} {Unit}";

    public override string ToString() => How.Length == 0 ? Text : $"{Text} ({How})";

    private static string Number(double value) => Math.Abs(value) switch
    {
        double.NaN => "NaN",
        >= 100 or 0 => value.ToString("0"),
        >= 10 => value.ToString("0.0"),
        >= 1 => value.ToString("0.00"),
        var small => value.ToString($"F{Math.Min(MostDecimals, 2 - (int)Math.Floor(Math.Log10(small)))}"),
    };
}
