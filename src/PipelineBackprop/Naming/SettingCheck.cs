using System.Globalization;

namespace PipelineBackprop.Naming;

/// <summary>Checks of values that came from a person; each gives the value back or throws the one sentence that says what would be right.</summary>
internal static class SettingCheck
{
    /// <summary>A whole number of at least <paramref name="minimum"/>.</summary>
    public static int AtLeast(string setting, int value, int minimum) => value >= minimum
        ? value
        : throw Impossible(setting, value, $"at least {minimum.ToString(CultureInfo.InvariantCulture)}");

    /// <summary>A finite number above 0.</summary>
    public static double Positive(string setting, double value) => value > 0 && double.IsFinite(value)
        ? value
        : throw Impossible(setting, value, "a finite number above 0");

    /// <summary>A number in [0, 1).</summary>
    public static double BelowOne(string setting, double value) => value is >= 0 and < 1
        ? value
        : throw Impossible(setting, value, "at least 0 and below 1");

    /// <summary>A number in [0, 1].</summary>
    public static double Fraction(string setting, double value) => value is >= 0 and <= 1
        ? value
        : throw Impossible(setting, value, "from 0 to 1");

    /// <summary>The exception for a value that cannot be.</summary>
    public static InvalidInputException Impossible(string setting, IFormattable value, string right) =>
        new($"The setting \"{setting}\" is {value.ToString(null, CultureInfo.InvariantCulture)}; it must be {right}.");
}
