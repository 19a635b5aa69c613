using System.Globalization;

namespace PipelineBackprop.Graph;

/// <summary>A name as formulas write it: W⁽¹⁾, ∂J/∂W⁽¹⁾.</summary>
/// <param name="Letter">The letter or symbol: W, z, ×.</param>
/// <param name="Index">The number above it, as text: 1, 3–14; empty for none.</param>
/// <param name="IsGradient">Whether it is the derivative of J by that.</param>
public readonly record struct GraphName(string Letter, string Index = "", bool IsGradient = false)
{
    private const string Plain = "0123456789–′", Raised = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻′";

    /// <summary>Everything before the number: <c>∂J/∂W</c>.</summary>
    public string Base => IsGradient ? "∂J/∂" + Letter : Letter;

    /// <summary>The name with a plain number.</summary>
    public GraphName(string letter, int index) : this(letter, index.ToString(CultureInfo.InvariantCulture)) { }

    /// <summary>The name in plain text, the number raised and in brackets: <c>∂J/∂W⁽¹⁾</c>.</summary>
    public override string ToString() => Index.Length == 0 ? Base : $"{Base}⁽{string.Concat(Index.Select(Raise))}⁾";

    private static char Raise(char digit) => Plain.IndexOf(digit, StringComparison.Ordinal) is >= 0 and int place ? Raised[place] : digit;
}
