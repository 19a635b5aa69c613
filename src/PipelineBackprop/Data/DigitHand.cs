using PipelineBackprop.Randomness;

namespace PipelineBackprop.Data;

/// <summary>
/// The hand that draws one image: all its random choices (variant, wobble, scale, slant, rotation, shift, elastic field, stroke width,
/// blots, noise) come from one random stream in a fixed order. Exact arithmetic as in <see cref="DigitCanvas"/>.
/// </summary>
internal sealed class DigitHand
{
    private const int Grid = 4, StepsPerCurve = 8;

    private readonly RandomStream _random;
    private readonly int _side;
    private readonly double _scaleX, _scaleY, _slant, _cosine, _sine, _shiftX, _shiftY, _halfWidth;
    private readonly double[] _field = new double[2 * Grid * Grid];

    public DigitHand(RandomStream random, int side)
    {
        (_random, _side) = (random, side);
        double scale = random.NextDouble(0.66, 0.95);
        (_scaleX, _scaleY) = (scale * random.NextDouble(0.8, 1.15), scale);
        _slant = Bell(0.65);
        // A rotation without trigonometry: the half angle's tangent gives cosine and sine as rational functions.
        double half = Bell(0.19);
        (_cosine, _sine) = ((1 - half * half) / (1 + half * half), 2 * half / (1 + half * half));
        (_shiftX, _shiftY) = (Bell(0.145), Bell(0.12));
        _halfWidth = random.NextDouble(0.95, 1.9);
        for (int i = 0; i < _field.Length; i++) _field[i] = Bell(0.09);
    }

    /// <summary>Draws the digit and quantises it: one byte a pixel.</summary>
    public void Draw(int digit, Span<byte> pixels)
    {
        var canvas = new DigitCanvas(_side);
        DigitOutlines.Stroke[][] variants = DigitOutlines.ByDigit[digit];
        foreach (DigitOutlines.Stroke stroke in variants[_random.NextInt(variants.Length)]) DrawStroke(canvas, stroke);
        Blot(canvas);
        Quantise(canvas, pixels);
    }

    private void DrawStroke(DigitCanvas canvas, DigitOutlines.Stroke stroke)
    {
        var points = new (double X, double Y)[stroke.Points.Length];
        for (int i = 0; i < points.Length; i++) points[i] = (stroke.Points[i].X + Bell(0.03), stroke.Points[i].Y + Bell(0.03));
        (double X, double Y) from = Place(points[0]);
        for (int i = 0; i + 2 < points.Length; i += 2)
        {
            for (int step = 1; step <= StepsPerCurve; step++)
            {
                double t = step / (double)StepsPerCurve, a = (1 - t) * (1 - t), b = 2 * t * (1 - t), c = t * t;
                (double X, double Y) to = Place((
                    a * points[i].X + b * points[i + 1].X + c * points[i + 2].X,
                    a * points[i].Y + b * points[i + 1].Y + c * points[i + 2].Y));
                canvas.Segment(from.X, from.Y, to.X, to.Y, _halfWidth);
                from = to;
            }
        }
    }

    // Box to pixels: elastic field, scale, slant, rotation about the centre, shift.
    private (double X, double Y) Place((double X, double Y) point)
    {
        double x = (point.X + Field(point, 0) - 0.5) * _scaleX, y = (point.Y + Field(point, Grid * Grid) - 0.5) * _scaleY;
        x -= _slant * y;
        (x, y) = (_cosine * x - _sine * y, _sine * x + _cosine * y);
        return ((x + _shiftX + 0.5) * _side, (y + _shiftY + 0.5) * _side);
    }

    // Random displacements on a coarse grid, smoothly blended: the elastic distortion.
    private double Field((double X, double Y) point, int offset)
    {
        (int column, double u) = Cell(point.X);
        (int row, double v) = Cell(point.Y);
        int at = offset + row * Grid + column;
        double top = _field[at] + u * (_field[at + 1] - _field[at]);
        double bottom = _field[at + Grid] + u * (_field[at + Grid + 1] - _field[at + Grid]);
        return top + v * (bottom - top);
    }

    private static (int Index, double Blend) Cell(double coordinate)
    {
        double scaled = Math.Min(1, Math.Max(0, coordinate)) * (Grid - 1);
        int index = Math.Min(Grid - 2, (int)Math.Floor(scaled));
        double t = scaled - index;
        return (index, t * t * (3 - 2 * t));
    }

    // Small blots of ink, and now and then a scratch where the paper shows through.
    private void Blot(DigitCanvas canvas)
    {
        for (int blots = _random.NextInt(2); blots > 0; blots--) Line(canvas, 2, 0.5, 1);
        if (_random.NextInt(4) == 0) Line(canvas, 10, 0.6, 0);
    }

    private void Line(DigitCanvas canvas, double length, double halfWidth, double value)
    {
        double x = _random.NextDouble(2, _side - 2), y = _random.NextDouble(2, _side - 2);
        canvas.Segment(x, y, x + _random.NextDouble(-length, length), y + _random.NextDouble(-length, length), halfWidth, value);
    }

    private void Quantise(DigitCanvas canvas, Span<byte> pixels)
    {
        double strength = _random.NextDouble(0.02, 0.08), ink = _random.NextDouble(0.75, 1);
        for (int i = 0; i < pixels.Length; i++)
        {
            double value = ink * canvas.Pixels[i] + strength * (_random.NextDouble() + _random.NextDouble() - 1);
            pixels[i] = (byte)Math.Floor(Math.Min(1, Math.Max(0, value)) * 255 + 0.5);
        }
    }

    /// <summary>Bell-shaped around 0 within ±<paramref name="reach"/>: the scaled sum of three uniforms.</summary>
    private double Bell(double reach) => reach * ((_random.NextDouble() + _random.NextDouble() + _random.NextDouble()) * 2 - 3) / 3;
}
