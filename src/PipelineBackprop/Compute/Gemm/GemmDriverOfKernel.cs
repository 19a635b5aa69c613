using System.Numerics;
using PipelineBackprop.Compute.Threading;

namespace PipelineBackprop.Compute.Gemm;

/// <summary>The product with one family of kernels: divides C among the team's threads.</summary>
internal sealed unsafe class GemmDriver<T, TKernel, TVector, TSimd> : GemmDriver<T>
    where T : unmanaged, IFloatingPointIeee754<T>
    where TKernel : struct, IGemmKernel<T>
    where TVector : struct
    where TSimd : struct, ISimd<T, TVector>
{
    /// <inheritdoc/>
    internal override int PanelColumns => TKernel.Columns;

    /// <inheritdoc/>
    internal override void Multiply(in GemmView<T> problem, GemmWorkspace workspace, ThreadTeam? team)
    {
        GemmView<T> view = problem.PackedB == null && GemmBlocking.Transpose(problem, TKernel.Rows, TKernel.Columns) ? problem.Transposed() : problem;
        int rowTiles = GemmBlocking.DivideUp(view.M, TKernel.Rows), columnTiles = GemmBlocking.DivideUp(view.N, TKernel.Columns);
        (int rows, int columns) = GemmBlocking.Grid(rowTiles, columnTiles, TKernel.Rows, TKernel.Columns, view.K, team?.Threads ?? 1);
        var layout = GemmLayout<T>.For(view.K, GemmBlocking.DivideUp(rowTiles, rows), GemmBlocking.DivideUp(columnTiles, columns), TKernel.Rows, TKernel.Columns);
        // The transposed product's tiles are finished together, so none of them has its own sum.
        int sums = view.Squares == null || view.IsTransposed ? 0 : rowTiles * columnTiles;
        byte* buffers = workspace.Reserve(layout.Bytes * rows * columns + (long)sums * sizeof(double));
        double* squares = sums == 0 ? null : (double*)(buffers + layout.Bytes * rows * columns);
        var job = new GemmJob<T, TKernel, TVector, TSimd>(view, layout, rows, columns, buffers, squares);
        if (team is null)
            job.Execute(0);
        else
            team.Run(rows * columns, job);
        if (sums > 0) *view.Squares = Sum(squares, sums);
    }

    private static double Sum(double* values, int count)
    {
        double sum = 0;
        for (int i = 0; i < count; i++) sum += values[i];
        return sum;
    }
}
