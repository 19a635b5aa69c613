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
    internal override long GuestBytes => GemmLayout<T>.GuestBytes(TKernel.Rows, TKernel.Columns);

    /// <inheritdoc/>
    internal override void Multiply(in GemmView<T> problem, GemmWorkspace workspace, ThreadTeam? team, OpenJob? door)
    {
        var division = new GemmDivision<T>(problem, team?.Threads ?? 1, TKernel.Rows, TKernel.Columns, TKernel.AsksForSources, isOpen: door is not null);
        byte* buffers = workspace.Reserve(division.Bytes);
        var job = new GemmJob<T, TKernel, TVector, TSimd>(division, buffers);
        if (!division.AreTasksShared) door = null;
        door?.Open(ref job);
        try
        {
            if (team is null) job.Execute(0);
            else team.Run(division.Parts, job);
        }
        finally
        {
            door?.Close();
        }
        door?.ThrowFault();
        if (division.Sums > 0) *problem.Squares = Sum((double*)(buffers + division.PartBytes), division.Sums);
    }

    /// <inheritdoc/>
    internal override long WorkspaceBytes(in GemmView<T> problem, int threads) => new GemmDivision<T>(problem, threads, TKernel.Rows, TKernel.Columns, TKernel.AsksForSources).Bytes;

    private static double Sum(double* values, int count)
    {
        double sum = 0;
        for (int i = 0; i < count; i++) sum += values[i];
        return sum;
    }
}
