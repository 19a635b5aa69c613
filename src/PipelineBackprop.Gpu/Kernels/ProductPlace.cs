using ILGPU;

namespace PipelineBackprop.Gpu.Kernels;

/// <summary>Where a group and one of its threads work in a product.</summary>
/// <param name="FirstRow">First row of the group's tile.</param>
/// <param name="FirstColumn">First column of the group's tile.</param>
/// <param name="Rows">Rows of the tile.</param>
/// <param name="Columns">Columns of the tile.</param>
/// <param name="X">The thread's place along the columns.</param>
/// <param name="Y">The thread's place along the rows.</param>
internal readonly record struct ProductPlace(int FirstRow, int FirstColumn, int Rows, int Columns, int X, int Y)
{
    // The threads of a warp form a patch, so that together they read few different numbers of each operand.
    private const int PatchAcross = 8, PatchDown = 4;

    /// <summary>The place of the calling thread, where each has <paramref name="block"/> × <paramref name="block"/> results.</summary>
    internal static ProductPlace Own(ProductLayout layout, int block)
    {
        int across = layout.ThreadsAcross, down = Group.DimX / across;
        int rows = block * down, columns = block * across;
        int tilesAcross = ProductTiling.Tiles(layout.B.Lines, columns);
        int patchAcross = across < PatchAcross ? across : PatchAcross, patchDown = down < PatchDown ? down : PatchDown;
        int patch = Group.IdxX / (patchAcross * patchDown), patchesAcross = across / patchAcross;
        return new ProductPlace(
            Grid.IdxX / tilesAcross * rows,
            Grid.IdxX % tilesAcross * columns,
            rows,
            columns,
            patch % patchesAcross * patchAcross + Group.IdxX % patchAcross,
            patch / patchesAcross * patchDown + Group.IdxX / patchAcross % patchDown);
    }
}
