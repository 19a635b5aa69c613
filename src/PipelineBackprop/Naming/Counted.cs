using System.Globalization;

namespace PipelineBackprop.Naming;

/// <summary>A number with what it counts, in the singular or the plural.</summary>
public static class Counted
{
    /// <summary>1 stage, 2 stages; 12,345 steps.</summary>
    /// <param name="count">How many.</param>
    /// <param name="noun">What one of them is called.</param>
    /// <param name="ending">What makes the noun a plural.</param>
    public static string Of(long count, string noun, string ending = "s") =>
        string.Create(CultureInfo.InvariantCulture, $"{count:N0} {noun}{(count == 1 ? "" : ending)}");
}
