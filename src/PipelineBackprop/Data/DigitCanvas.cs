namespace PipelineBackprop.Data;

/// <summary>
/// Pixels of one image, 0 (paper) to 1 (ink), on which round-ended strokes are drawn with edges softened by distance. Only +, −, ×, ÷,
/// square root and comparisons of double are used: IEEE 754 fixes their every bit, so each machine draws the same image.
/// </summary>
internal sealed class DigitCanvas(int side)
{
    private readonly double[] _pixels = new double[side * side];

    /// <summary>The ink of each pixel, row after row.</summary>
    public Span<double> Pixels => _pixels;

    /// <summary>Draws the segment from (x0, y0) to (x1, y1), in pixels, as a line of the given half width: each pixel tends to the value.</summary>
    public void Segment(double x0, double y0, double x1, double y1, double halfWidth, double value = 1)
    {
        double reach = halfWidth + 1;
        int left = Clamp(Math.Min(x0, x1) - reach), right = Clamp(Math.Max(x0, x1) + reach);
        int top = Clamp(Math.Min(y0, y1) - reach), bottom = Clamp(Math.Max(y0, y1) + reach);
        double dx = x1 - x0, dy = y1 - y0, squared = dx * dx + dy * dy;
        for (int row = top; row <= bottom; row++)
        {
            for (int column = left; column <= right; column++)
            {
                double px = column + 0.5 - x0, py = row + 0.5 - y0;
                double along = squared > 0 ? Math.Min(1, Math.Max(0, (px * dx + py * dy) / squared)) : 0;
                double ax = px - along * dx, ay = py - along * dy;
                double coverage = Math.Min(1, halfWidth + 0.5 - Math.Sqrt(ax * ax + ay * ay));
                if (coverage > 0) Mix(row * side + column, coverage, value);
            }
        }
    }

    // Ink takes the largest coverage of all segments, so that joints do not darken; a lighter value covers what lies below.
    private void Mix(int pixel, double coverage, double value)
    {
        double covered = _pixels[pixel] + coverage * (value - _pixels[pixel]);
        _pixels[pixel] = value < 1 ? covered : Math.Max(_pixels[pixel], coverage);
    }

    private int Clamp(double coordinate) => (int)Math.Floor(Math.Min(side - 1, Math.Max(0, coordinate)));
}
