using PipelineBackprop.Naming;
using PipelineBackprop.Randomness;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Layers;

/// <summary>
/// How a parameter starts. Values are drawn on the host in float64 in element order from the given stream, so they depend on the seed and the
/// layer only, never on device or split. Fans of a weight [out×in]: fan-in = in, fan-out = out.
/// </summary>
public sealed record Initializer
{
    private readonly Action<RandomStream, Shape, Span<double>> _fill;

    private Initializer(string name, Action<RandomStream, Shape, Span<double>> fill)
    {
        Name = name;
        _fill = fill;
    }

    /// <summary>The field's name, as in a run file.</summary>
    public string Name { get; }

    /// <summary>Uniform in ±√(6 / (fan-in + fan-out)) (Glorot and Bengio 2010).</summary>
    public static Initializer XavierUniform { get; } = Uniform("xavierUniform", shape => Math.Sqrt(6.0 / (shape.Columns + shape.Rows)));

    /// <summary>Normal with deviation √(2 / (fan-in + fan-out)) (Glorot and Bengio 2010).</summary>
    public static Initializer XavierNormal { get; } = Gaussian("xavierNormal", shape => Math.Sqrt(2.0 / (shape.Columns + shape.Rows)));

    /// <summary>Uniform in ±√(6 / fan-in), for relu (He et al. 2015).</summary>
    public static Initializer HeUniform { get; } = Uniform("heUniform", shape => Math.Sqrt(6.0 / shape.Columns));

    /// <summary>Normal with deviation √(2 / fan-in), for relu (He et al. 2015).</summary>
    public static Initializer HeNormal { get; } = Gaussian("heNormal", shape => Math.Sqrt(2.0 / shape.Columns));

    /// <summary>Normal with the given deviation; default 0.01.</summary>
    public static Initializer Normal(double deviation = 0.01)
    {
        HyperparameterCheck.NotNegative(deviation);
        return Gaussian("normal", _ => deviation);
    }

    /// <summary>Every element the same value.</summary>
    public static Initializer Constant(double value) => new("constant", (_, _, target) => target.Fill(value));

    /// <summary>Every element 0.</summary>
    public static Initializer Zeros { get; } = Constant(0);

    /// <summary>Every element 1.</summary>
    public static Initializer Ones { get; } = Constant(1);

    /// <summary>Fills <paramref name="target"/>, the elements of a parameter of the given shape.</summary>
    public void Fill(RandomStream random, Shape shape, Span<double> target) => _fill(random, shape, target);

    private static Initializer Uniform(string name, Func<Shape, double> bound) => new(name, (random, shape, target) =>
    {
        double limit = bound(shape);
        for (int i = 0; i < target.Length; i++) target[i] = random.NextDouble(-limit, limit);
    });

    private static Initializer Gaussian(string name, Func<Shape, double> deviation) => new(name, (random, shape, target) =>
    {
        double scale = deviation(shape);
        for (int i = 0; i < target.Length; i++) target[i] = scale * random.NextGaussian();
    });
}
