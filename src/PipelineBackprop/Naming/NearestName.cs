namespace PipelineBackprop.Naming;

/// <summary>Finds what a person probably meant by a name that does not exist. Thread-safe.</summary>
public static class NearestName
{
    /// <summary>
    /// The known name with the fewest typing slips (Damerau–Levenshtein distance, letter case ignored), or null when even that one is more than two
    /// slips, or a third of the shorter name, away; the first of several equals.
    /// </summary>
    public static string? Of(string name, IEnumerable<string> known)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(known);
        string? nearest = null;
        int least = int.MaxValue;
        foreach (string candidate in known)
        {
            int distance = Distance(name.ToLowerInvariant(), candidate.ToLowerInvariant());
            int shorter = Math.Min(name.Length, candidate.Length), longer = Math.Max(name.Length, candidate.Length);
            if (distance >= least || distance > Math.Min(Math.Max(2, shorter / 3), shorter) || distance >= longer) continue;
            nearest = candidate;
            least = distance;
        }
        return nearest;
    }

    /// <summary>
    /// Fewest insertions, deletions, replacements and swaps of neighbours that turn one text into the other, no part edited twice (the optimal string
    /// alignment form of Damerau 1964 and Levenshtein 1966).
    /// </summary>
    public static int Distance(string a, string b)
    {
        ArgumentNullException.ThrowIfNull(a);
        ArgumentNullException.ThrowIfNull(b);
        int[,] distance = new int[a.Length + 1, b.Length + 1];
        for (int i = 0; i <= a.Length; i++) distance[i, 0] = i;
        for (int j = 0; j <= b.Length; j++) distance[0, j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            for (int j = 1; j <= b.Length; j++)
            {
                int replaced = distance[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
                distance[i, j] = Math.Min(replaced, Math.Min(distance[i - 1, j], distance[i, j - 1]) + 1);
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    distance[i, j] = Math.Min(distance[i, j], distance[i - 2, j - 2] + 1);
            }
        }
        return distance[a.Length, b.Length];
    }
}
