namespace PipelineBackprop.Schedules;

/// <summary>The letters of the action kinds.</summary>
public static class ActionKindExtensions
{
    private const string Letters = "FBW";

    /// <summary>The number of kinds.</summary>
    internal const int Count = 3;

    /// <summary>F for forward, B for input gradient, W for weight gradient; <c>?</c> for a value outside the enumeration.</summary>
    public static char Letter(this ActionKind kind) => kind.IsKnown() ? Letters[(int)kind] : '?';

    /// <summary>Whether the value is one of the three kinds.</summary>
    internal static bool IsKnown(this ActionKind kind) => (uint)kind < Count;

    /// <summary>Reads a capital letter; false when it names no kind.</summary>
    internal static bool TryFromLetter(char letter, out ActionKind kind)
    {
        int index = Letters.IndexOf(letter, StringComparison.Ordinal);
        kind = (ActionKind)Math.Max(index, 0);
        return index >= 0;
    }
}
