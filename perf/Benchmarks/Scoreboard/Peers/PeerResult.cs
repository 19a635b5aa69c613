using System.Text.Json;

namespace PipelineBackprop.Benchmarks.Scoreboard.Peers;

/// <summary>What a peer's line of JSON says.</summary>
/// <param name="Label">What was different in this run, such as <c>2 threads</c>.</param>
/// <param name="Seconds">The median.</param>
/// <param name="Least">The least time.</param>
/// <param name="Turns">The median of each turn.</param>
/// <param name="Numbers">The losses of the first ten steps, or the outputs of the first example.</param>
/// <param name="Versions">Library → version.</param>
internal sealed record PeerResult(string Label, double Seconds, double Least, double[] Turns, double[] Numbers, IReadOnlyDictionary<string, string> Versions)
{
    /// <summary>Reads the line.</summary>
    /// <returns>The result, or what is wrong with the line.</returns>
    public static (PeerResult? Result, PeerFailure? Failure) Read(string name, string label, string line)
    {
        try
        {
            return (Parse(label, line), null);
        }
        catch (Exception error) when (error is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return (null, PeerFailure.Unreadable($"{name}, {label}", error));
        }
    }

    /// <summary>The largest difference to our numbers, relative to the largest of them for outputs and to each for losses.</summary>
    public double DistanceFrom(IReadOnlyList<double> ours, bool relativeToLargest)
    {
        if (ours.Count != Numbers.Length) return double.PositiveInfinity;
        double largest = ours.Max(Math.Abs);
        double[] distances = [.. ours.Zip(Numbers, (mine, theirs) => Math.Abs(mine - theirs) / (relativeToLargest ? largest : Math.Abs(mine)))];
        // Max() steps over NaN.
        return distances.Any(double.IsNaN) ? double.NaN : distances.Max();
    }

    private static PeerResult Parse(string label, string line)
    {
        using var document = JsonDocument.Parse(line);
        JsonElement root = document.RootElement;
        bool isTraining = root.TryGetProperty("medianMs", out JsonElement milliseconds);
        double unit = isTraining ? 1e3 : 1e6;
        double seconds = (isTraining ? milliseconds : root.GetProperty("medianUs")).GetDouble() / unit;
        double least = root.GetProperty(isTraining ? "minimumMs" : "minimumUs").GetDouble() / unit;
        double[] turns = [.. root.GetProperty(isTraining ? "turnsMs" : "turnsUs").EnumerateArray().Select(turn => turn.GetDouble() / unit)];
        double[] numbers = [.. root.GetProperty(isTraining ? "losses" : "outputs").EnumerateArray().Select(number => number.GetDouble())];
        return new PeerResult(label, seconds, least, turns, numbers, root.GetProperty("versions").EnumerateObject().ToDictionary(one => one.Name, one => one.Value.GetString() ?? ""));
    }
}
