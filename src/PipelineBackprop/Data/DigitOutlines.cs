using System.Globalization;

namespace PipelineBackprop.Data;

/// <summary>
/// How a hand draws the ten digits, each in several ways. A stroke is written like a path of SVG in percent of the box, y down:
/// M x y starts it, L x y draws a line, Q cx cy x y a quadratic curve around the control point.
/// </summary>
internal static class DigitOutlines
{
    /// <summary>One stroke: points start, control, end, control, end, …; the curves between them are quadratic.</summary>
    internal sealed record Stroke((double X, double Y)[] Points);

    private static readonly string[][] s_paths =
    [
        [
            "M 52 10 Q 30 8 24 34 Q 18 62 30 80 Q 42 96 58 88 Q 78 78 78 48 Q 77 12 52 10",
            "M 60 14 Q 36 4 26 30 Q 14 66 34 84 Q 58 98 72 70 Q 84 38 68 20 Q 60 10 48 14",
            "M 50 12 Q 34 12 34 50 Q 34 88 50 88 Q 66 88 66 50 Q 66 12 50 12",
        ],
        [
            "M 50 10 L 50 90",
            "M 36 26 Q 48 22 54 10 L 52 90",
            "M 34 28 Q 46 22 52 10 L 52 88 | M 34 89 L 70 88",
        ],
        [
            "M 26 30 Q 28 10 50 10 Q 74 12 72 34 Q 70 52 26 88 L 76 87",
            "M 28 24 Q 44 4 62 14 Q 80 28 60 54 Q 48 70 32 82 Q 18 92 24 80 Q 32 66 48 80 Q 62 92 78 80",
            "M 26 16 Q 70 6 70 30 Q 68 56 28 86 Q 52 80 76 88",
        ],
        [
            "M 26 18 Q 46 4 64 14 Q 80 28 62 42 Q 52 48 42 47 Q 70 46 74 66 Q 74 88 48 90 Q 32 90 24 80",
            "M 28 12 L 72 12 Q 60 26 46 42 Q 76 42 74 66 Q 70 90 44 89 Q 32 88 24 78",
            "M 30 20 Q 40 8 56 10 Q 72 16 66 32 Q 60 44 44 46 Q 74 50 70 72 Q 62 94 28 84",
        ],
        [
            "M 58 10 Q 42 38 22 62 L 80 60 | M 62 36 Q 60 62 60 90",
            "M 34 12 Q 30 34 28 50 Q 44 54 72 48 | M 70 12 Q 68 50 64 90",
            "M 64 90 L 65 10 Q 44 40 22 64 L 80 63",
        ],
        [
            "M 72 12 L 34 13 L 30 44 Q 52 36 66 48 Q 82 66 64 82 Q 46 94 24 84",
            "M 36 14 Q 34 30 32 44 Q 60 38 70 56 Q 76 78 56 87 Q 42 92 26 84 | M 36 13 L 74 11",
            "M 70 14 Q 48 12 38 16 Q 30 30 38 42 Q 66 46 70 66 Q 68 90 30 86",
        ],
        [
            "M 64 10 Q 38 22 28 54 Q 22 86 48 90 Q 74 88 72 66 Q 66 48 46 52 Q 32 56 29 68",
            "M 58 10 Q 34 36 32 64 Q 34 90 52 89 Q 70 86 66 68 Q 58 54 34 68",
            "M 70 18 Q 52 6 38 24 Q 22 52 30 76 Q 40 94 58 86 Q 78 72 66 58 Q 48 48 30 68",
        ],
        [
            "M 24 14 L 76 13 Q 56 46 46 90",
            "M 26 22 L 28 12 Q 54 16 74 11 Q 60 44 52 88",
            "M 24 14 L 74 13 Q 58 50 42 90 | M 38 50 L 70 48",
        ],
        [
            "M 50 47 Q 28 38 32 24 Q 38 9 52 10 Q 70 12 68 26 Q 64 38 50 47 Q 26 58 28 74 Q 32 90 50 90 Q 72 88 72 72 Q 70 56 50 47",
            "M 68 20 Q 54 6 40 14 Q 26 26 40 40 Q 54 50 66 62 Q 76 80 58 88 Q 36 92 30 76 Q 32 60 54 46 Q 72 32 68 20",
            "M 50 10 Q 32 12 34 28 Q 38 44 50 46 Q 66 44 66 28 Q 64 12 50 10 | M 50 46 Q 28 50 29 68 Q 32 90 50 90 Q 70 88 71 68 Q 70 50 50 46",
        ],
        [
            "M 70 28 Q 62 8 46 11 Q 28 16 30 36 Q 36 52 52 48 Q 68 42 70 26 Q 70 60 64 90",
            "M 66 18 Q 46 4 34 22 Q 28 44 46 48 Q 66 46 68 18 Q 72 54 62 78 Q 50 96 32 84",
            "M 50 11 Q 30 14 32 32 Q 36 48 52 46 Q 68 42 66 26 Q 62 12 50 11 | M 67 28 Q 64 60 54 90",
        ],
    ];

    /// <summary>The outlines of each digit: digit, variant, strokes.</summary>
    internal static readonly Stroke[][][] ByDigit =
        [.. s_paths.Select(variants => variants.Select(path => path.Split('|').Select(Parse).ToArray()).ToArray())];

    private static Stroke Parse(string path)
    {
        string[] words = path.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var points = new List<(double X, double Y)>();
        for (int i = 0; i < words.Length;)
        {
            string command = words[i++];
            (double X, double Y) first = Point(words, ref i);
            if (command == "L")
            {
                (double X, double Y) from = points[^1];
                points.Add(((from.X + first.X) / 2, (from.Y + first.Y) / 2));
            }
            points.Add(first);
            if (command == "Q") points.Add(Point(words, ref i));
        }
        return new Stroke([.. points]);
    }

    private static (double X, double Y) Point(string[] words, ref int i) =>
        (int.Parse(words[i++], CultureInfo.InvariantCulture) / 100.0, int.Parse(words[i++], CultureInfo.InvariantCulture) / 100.0);
}
