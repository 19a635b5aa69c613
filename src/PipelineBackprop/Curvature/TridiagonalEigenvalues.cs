namespace PipelineBackprop.Curvature;

/// <summary>
/// Eigenvalues of a symmetric tridiagonal matrix by the QL method with implicit shifts (Bowdler, Martin, Reinsch and Wilkinson, Numerische Mathematik 11, 1968;
/// EISPACK's tql2), and the last component of every unit eigenvector, which is all that a Lanczos bound needs.
/// </summary>
internal static class TridiagonalEigenvalues
{
    private const int MostSweeps = 60;

    /// <summary>Solves in place.</summary>
    /// <param name="diagonal">The n diagonal elements; the eigenvalues, in no order, on return.</param>
    /// <param name="beside">The n − 1 elements beside it, and one more; destroyed.</param>
    /// <param name="lastComponents">Receives the n-th component of the eigenvector of each eigenvalue, up to its sign.</param>
    public static void Solve(Span<double> diagonal, Span<double> beside, Span<double> lastComponents)
    {
        lastComponents.Clear();
        lastComponents[^1] = 1;
        for (int first = 0; first < diagonal.Length; first++)
        {
            for (int sweep = 0; ; sweep++)
            {
                int end = EndOfBlock(diagonal, beside, first);
                if (end == first) break;
                if (sweep == MostSweeps) throw new ArithmeticException("The eigenvalues of the tridiagonal matrix do not settle: it holds NaN or infinity.");
                Sweep(diagonal, beside, lastComponents, first, end);
            }
        }
    }

    // The matrix falls apart where an element beside the diagonal is nothing next to its neighbours.
    private static int EndOfBlock(Span<double> diagonal, Span<double> beside, int first)
    {
        int end = first;
        while (end < diagonal.Length - 1 && !IsNothing(diagonal, beside, end)) end++;
        return end;
    }

    private static bool IsNothing(Span<double> diagonal, Span<double> beside, int at)
    {
        double size = Math.Abs(diagonal[at]) + Math.Abs(diagonal[at + 1]);
        return size + Math.Abs(beside[at]) == size;
    }

    private static void Sweep(Span<double> diagonal, Span<double> beside, Span<double> lastComponents, int first, int end)
    {
        // Wilkinson's shift from the top of the block, carried up from its end by rotations.
        double g = (diagonal[first + 1] - diagonal[first]) / (2 * beside[first]);
        g = diagonal[end] - diagonal[first] + beside[first] / (g + Math.CopySign(double.Hypot(g, 1), g));
        double sine = 1, cosine = 1, shift = 0;
        for (int i = end - 1; i >= first; i--)
        {
            double f = sine * beside[i], b = cosine * beside[i], r = double.Hypot(f, g);
            beside[i + 1] = r;
            if (r == 0)
            {
                diagonal[i + 1] -= shift;
                beside[end] = 0;
                return;
            }
            (sine, cosine) = (f / r, g / r);
            g = diagonal[i + 1] - shift;
            r = (diagonal[i] - g) * sine + 2 * cosine * b;
            shift = sine * r;
            diagonal[i + 1] = g + shift;
            g = cosine * r - b;
            (lastComponents[i], lastComponents[i + 1]) =
                (cosine * lastComponents[i] - sine * lastComponents[i + 1], sine * lastComponents[i] + cosine * lastComponents[i + 1]);
        }
        diagonal[first] -= shift;
        beside[first] = g;
        beside[end] = 0;
    }
}
