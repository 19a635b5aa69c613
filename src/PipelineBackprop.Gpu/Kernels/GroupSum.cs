using ILGPU;

namespace PipelineBackprop.Gpu.Kernels;

/// <summary>
/// Sums over a group by logical lanes: lane l takes the elements l, l + lanes and so on, whoever computes it, and lanes are added in a fixed order. So the
/// order of additions depends on the lengths alone, never on the size of the group.
/// </summary>
internal static class GroupSum
{
    /// <summary>Rows that a group works on together, each with its own lanes.</summary>
    internal const int Rows = 8;

    /// <summary>Lanes of a row.</summary>
    internal const int RowLanes = 32;

    /// <summary>Lanes of a group: of all its rows, or of a block of a whole tensor.</summary>
    internal const int Lanes = Rows * RowLanes;

    private const int Parts = 16;

    /// <summary>Blocks of a tensor, each as long as a group has lanes.</summary>
    internal static int BlocksOf(int length) => length / Lanes + (length % Lanes == 0 ? 0 : 1);

    /// <summary>The row of the matrix that a lane of this group works on; may lie behind the last.</summary>
    internal static int RowOf(int lane) => Grid.IdxX * Rows + lane / RowLanes;

    /// <summary>totals[row] = the sum of the row's lanes. All threads of the group call it; on return all may read the totals and write the lanes.</summary>
    internal static void OfRows(ArrayView<double> lanes, ArrayView<double> totals)
    {
        Group.Barrier();
        for (int row = Group.IdxX; row < Rows; row += Group.DimX)
        {
            double sum = 0;
            for (int lane = 0; lane < RowLanes; lane++) sum += lanes[row * RowLanes + lane];
            totals[row] = sum;
        }
        Group.Barrier();
    }

    /// <summary>The sum of a block's lanes, right on the group's first thread only. All threads of the group call it.</summary>
    internal static double OfBlock(ArrayView<double> lanes)
    {
        ArrayView<double> parts = SharedMemory.Allocate<double>(Parts);
        Group.Barrier();
        for (int part = Group.IdxX; part < Parts; part += Group.DimX)
        {
            double sum = 0;
            for (int lane = part; lane < Lanes; lane += Parts) sum += lanes[lane];
            parts[part] = sum;
        }
        Group.Barrier();
        double total = 0;
        if (Group.IdxX == 0)
        {
            for (int part = 0; part < Parts; part++) total += parts[part];
        }
        return total;
    }
}
