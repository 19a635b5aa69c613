using PipelineBackprop.Compute;

namespace PipelineBackprop.Testing.Reference;

/// <summary>The formulas written out one number at a time in float64, as slow and plain as they come.</summary>
public static class Naive
{
    public static double[,] Product(double[,] a, bool transposeA, double[,] b, bool transposeB)
    {
        int rows = a.GetLength(transposeA ? 1 : 0), inner = a.GetLength(transposeA ? 0 : 1), columns = b.GetLength(transposeB ? 0 : 1);
        double[,] c = new double[rows, columns];
        for (int i = 0; i < rows; i++)
            for (int j = 0; j < columns; j++)
                for (int p = 0; p < inner; p++) c[i, j] += (transposeA ? a[p, i] : a[i, p]) * (transposeB ? b[j, p] : b[p, j]);
        return c;
    }

    public static double Activate(Activation activation, double z) => activation.Kind switch
    {
        ActivationKind.Identity => z,
        ActivationKind.Relu => Math.Max(z, 0),
        ActivationKind.LeakyRelu => z > 0 ? z : activation.Slope * z,
        ActivationKind.Sigmoid => Sigmoid(z),
        ActivationKind.Tanh => Math.Tanh(z),
        ActivationKind.Gelu => z * Cumulative(z),
        ActivationKind.Silu => z * Sigmoid(z),
        ActivationKind.Softplus => z > 30 ? z : LogOnePlus(Math.Exp(z)),
        _ => throw new ArgumentOutOfRangeException(nameof(activation)),
    };

    public static double Slope(Activation activation, double z) => activation.Kind switch
    {
        ActivationKind.Identity => 1,
        ActivationKind.Relu => z > 0 ? 1 : 0,
        ActivationKind.LeakyRelu => z > 0 ? 1 : activation.Slope,
        ActivationKind.Sigmoid => Sigmoid(z) * Sigmoid(-z),
        ActivationKind.Tanh => 1 / (Math.Cosh(z) * Math.Cosh(z)),
        ActivationKind.Gelu => Cumulative(z) + z * Math.Exp(-z * z / 2) / Math.Sqrt(2 * Math.PI),
        ActivationKind.Silu => Sigmoid(z) * (1 + z * Sigmoid(-z)),
        ActivationKind.Softplus => Sigmoid(z),
        _ => throw new ArgumentOutOfRangeException(nameof(activation)),
    };

    /// <summary>φ''(z).</summary>
    public static double Bend(Activation activation, double z) => activation.Kind switch
    {
        ActivationKind.Identity or ActivationKind.Relu or ActivationKind.LeakyRelu => 0,
        ActivationKind.Sigmoid => Sigmoid(z) * Sigmoid(-z) * (Sigmoid(-z) - Sigmoid(z)),
        ActivationKind.Tanh => -2 * Math.Tanh(z) / (Math.Cosh(z) * Math.Cosh(z)),
        ActivationKind.Gelu => (2 - z * z) * Density(z),
        ActivationKind.Silu => Sigmoid(z) * Sigmoid(-z) * (2 + z * (Sigmoid(-z) - Sigmoid(z))),
        ActivationKind.Softplus => Sigmoid(z) * Sigmoid(-z),
        _ => throw new ArgumentOutOfRangeException(nameof(activation)),
    };

    public static double Sigmoid(double z) => z >= 0 ? 1 / (1 + Math.Exp(-z)) : Math.Exp(z) / (1 + Math.Exp(z));

    /// <summary>Φ(z): a series near zero and a continued fraction in the tails, both independent of the rational approximations under test.</summary>
    public static double Cumulative(double z)
    {
        if (z > 0) return 1 - Cumulative(-z);
        double x = -z;
        return x < 1.5 ? 0.5 - Density(x) * Series(x) : Density(x) / Fraction(x);
    }

    /// <summary>ln(1 + x), by its series where the sum would round.</summary>
    public static double LogOnePlus(double x)
    {
        if (x > 0.1) return Math.Log(1 + x);
        double sum = 0;
        for (int k = 20; k > 0; k--) sum = x * (1.0 / k - sum);
        return sum;
    }

    private static double Density(double x) => Math.Exp(-x * x / 2) / Math.Sqrt(2 * Math.PI);

    // Abramowitz and Stegun 26.2.11: Φ(x) − ½ = φ(x) (x + x³/3 + x⁵/(3·5) + …).
    private static double Series(double x)
    {
        double term = x, sum = x;
        for (int k = 1; k < 200; k++)
        {
            term *= x * x / (2 * k + 1);
            sum += term;
        }
        return sum;
    }

    // Abramowitz and Stegun 26.2.14: 1 − Φ(x) = φ(x) / (x + 1/(x + 2/(x + 3/(x + …)))).
    private static double Fraction(double x)
    {
        double value = x;
        for (int k = 2000; k > 0; k--) value = x + k / value;
        return value;
    }
}
