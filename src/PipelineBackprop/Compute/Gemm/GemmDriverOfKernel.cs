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
        var division = new Division(problem, team?.Threads ?? 1);
        byte* buffers = workspace.Reserve(division.Bytes);
        double* squares = division.Sums == 0 ? null : (double*)(buffers + division.PartBytes);
        var job = new GemmJob<T, TKernel, TVector, TSimd>(division.View, division.Layout, division.Rows, division.Columns, buffers, squares);
        if (team is null)
            job.Execute(0);
        else
            team.Run(division.Rows * division.Columns, job);
        if (division.Sums > 0) *problem.Squares = Sum(squares, division.Sums);
    }

    /// <inheritdoc/>
    internal override long WorkspaceBytes(in GemmView<T> problem, int threads) => new Division(problem, threads).Bytes;

    private static double Sum(double* values, int count)
    {
        double sum = 0;
        for (int i = 0; i < count; i++) sum += values[i];
        return sum;
    }

    /// <summary>The product as it is computed, its rectangles and their buffers.</summary>
    private readonly struct Division
    {
        internal Division(in GemmView<T> problem, int threads)
        {
            View = problem.PackedB == null && GemmBlocking.Transpose(problem, TKernel.Rows, TKernel.Columns) ? problem.Transposed() : problem;
            int rowTiles = GemmBlocking.DivideUp(View.M, TKernel.Rows), columnTiles = GemmBlocking.DivideUp(View.N, TKernel.Columns);
            (Rows, Columns) = GemmBlocking.Grid(rowTiles, columnTiles, TKernel.Rows, TKernel.Columns, View.K, threads);
            Layout = GemmLayout<T>.For(View, GemmBlocking.DivideUp(rowTiles, Rows), GemmBlocking.DivideUp(columnTiles, Columns), TKernel.Rows, TKernel.Columns);
            // The transposed product's tiles are finished together, so none of them has its own sum.
            Sums = View.Squares == null || View.IsTransposed ? 0 : rowTiles * columnTiles;
        }

        internal GemmView<T> View { get; }

        internal GemmLayout<T> Layout { get; }

        internal int Rows { get; }

        internal int Columns { get; }

        internal int Sums { get; }

        internal long PartBytes => Layout.Bytes * Rows * Columns;

        internal long Bytes => PartBytes + (long)Sums * sizeof(double);
    }
}
