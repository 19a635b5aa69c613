using System.Globalization;

namespace PipelineBackprop.Cli.Output;

/// <summary>How numbers look to a person.</summary>
internal static class Numbers
{
    /// <summary>12,345.</summary>
    public static string Whole(double value) => value.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>Four significant digits: 0.1234, 12.34, 1.234e-07.</summary>
    public static string Loss(double value)
    {
        if (value == 0 || !double.IsFinite(value)) return value.ToString(CultureInfo.InvariantCulture);
        int magnitude = (int)Math.Floor(Math.Log10(Math.Abs(value)));
        return magnitude is < -4 or > 5
            ? value.ToString("0.000e+00", CultureInfo.InvariantCulture)
            : value.ToString("F" + Math.Max(0, 3 - magnitude).ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
    }

    /// <summary>97.31 %.</summary>
    public static string Percent(double part) => (part * 100).ToString("0.00", CultureInfo.InvariantCulture) + " %";

    /// <summary>1.23 MiB.</summary>
    public static string Bytes(long bytes)
    {
        string[] units = ["B", "KiB", "MiB", "GiB", "TiB"];
        double value = bytes;
        int unit = 0;
        for (; value >= 1024 && unit < units.Length - 1; unit++) value /= 1024;
        return value.ToString(unit == 0 ? "0" : "0.00", CultureInfo.InvariantCulture) + " " + units[unit];
    }

    /// <summary>1.23 µs, 45.6 ms, 1.20 s: three digits of a short time; from 100 s on as <see cref="Duration"/>.</summary>
    public static string Time(double seconds)
    {
        if (seconds >= 100) return Duration(TimeSpan.FromSeconds(seconds));
        (double value, string unit) = seconds >= 1 ? (seconds, "s") : seconds >= 1e-3 ? (seconds * 1e3, "ms") : (seconds * 1e6, "µs");
        return value.ToString(value >= 100 ? "0" : value >= 10 ? "0.0" : "0.00", CultureInfo.InvariantCulture) + " " + unit;
    }

    /// <summary>120 ms, 8.4 s, 3:07 min, 2:15:09 h.</summary>
    public static string Duration(TimeSpan time) => time.TotalSeconds < 1 ? time.TotalMilliseconds.ToString("0", CultureInfo.InvariantCulture) + " ms"
        : time.TotalSeconds < 100 ? time.TotalSeconds.ToString("0.0", CultureInfo.InvariantCulture) + " s"
        : time.TotalHours < 1 ? time.ToString(@"m\:ss", CultureInfo.InvariantCulture) + " min"
        : string.Create(CultureInfo.InvariantCulture, $"{(int)time.TotalHours}:{time:mm\\:ss} h");
}
