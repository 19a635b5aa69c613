using System.Globalization;

namespace PipelineBackprop.Configuration.Reading;

/// <summary>The numbers a setting (or every element of its list) may take.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class SettingRangeAttribute(double minimum, double maximum = double.PositiveInfinity) : Attribute
{
    public double Minimum { get; } = minimum;

    public double Maximum { get; } = maximum;

    public bool MinimumExclusive { get; init; }

    public bool MaximumExclusive { get; init; }

    public bool Contains(double value) =>
        (MinimumExclusive ? value > Minimum : value >= Minimum) && (MaximumExclusive ? value < Maximum : value <= Maximum);

    /// <summary>The range in words, to follow "a number".</summary>
    public string Describe()
    {
        string low = Minimum.ToString(CultureInfo.InvariantCulture), high = Maximum.ToString(CultureInfo.InvariantCulture);
        if (double.IsInfinity(Maximum)) return MinimumExclusive ? $" above {low}" : $" of at least {low}";
        if (!MinimumExclusive && !MaximumExclusive) return $" from {low} to {high}";
        return (MinimumExclusive ? $" above {low}" : $" of at least {low}") + (MaximumExclusive ? $" and below {high}" : $" and at most {high}");
    }
}
