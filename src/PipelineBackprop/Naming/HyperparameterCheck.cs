using System.Runtime.CompilerServices;

namespace PipelineBackprop.Naming;

/// <summary>Checks of numbers that a program gives to a constructor; NaN and infinities pass no comparison unnoticed.</summary>
internal static class HyperparameterCheck
{
    /// <summary>A finite number above 0.</summary>
    public static void Positive(double value, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (!(value > 0 && double.IsFinite(value))) throw new ArgumentOutOfRangeException(name, value, $"{name} must be a finite number above 0.");
    }

    /// <summary>A finite number of at least 0.</summary>
    public static void NotNegative(double value, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (!(value >= 0 && double.IsFinite(value))) throw new ArgumentOutOfRangeException(name, value, $"{name} must be a finite number of at least 0.");
    }

    /// <summary>A number in [0, 1).</summary>
    public static void BelowOne(double value, [CallerArgumentExpression(nameof(value))] string name = "")
    {
        if (value is not (>= 0 and < 1)) throw new ArgumentOutOfRangeException(name, value, $"{name} must be at least 0 and below 1.");
    }
}
