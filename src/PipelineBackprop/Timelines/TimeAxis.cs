using System.Globalization;

namespace PipelineBackprop.Timelines;

/// <summary>Where a moment stands in a picture, and the round times to mark; time begins with 0 at the left.</summary>
internal sealed class TimeAxis
{
    private const int MostTicks = 12;
    private readonly double _end, _left, _width, _step;

    /// <param name="end">The last moment, in seconds, above 0.</param>
    /// <param name="left">Where 0 stands.</param>
    /// <param name="width">How far it is from 0 to the end.</param>
    public TimeAxis(double end, double left, double width)
    {
        (_end, _left, _width) = (end, left, width);
        double decade = Math.Pow(10, Math.Floor(Math.Log10(end / MostTicks)));
        _step = decade * ((double[])[1, 2, 5, 10]).First(factor => end / (decade * factor) <= MostTicks);
    }

    /// <summary>The moments to mark.</summary>
    public IEnumerable<double> Ticks => Enumerable.Range(0, (int)(_end / _step) + 1).Select(tick => tick * _step);

    public double X(double seconds) => _left + _width * seconds / _end;

    /// <summary>A tick in the unit of the whole axis.</summary>
    public string Name(double tick)
    {
        (double scale, string unit) = _end >= 2 ? (1, "s") : _end >= 2e-3 ? (1e3, "ms") : (1e6, "µs");
        return Math.Round(tick * scale, 6).ToString(CultureInfo.InvariantCulture) + " " + unit;
    }
}
