using ILGPU;

namespace PipelineBackprop.Gpu.Kernels;

/// <summary>Losses and their gradients, eight rows a group; the losses of the rows go to float64 scratch and are summed by another kernel.</summary>
internal static class LossKernels
{
    internal static void SoftmaxCrossEntropy(
        ArrayView<float> o, ArrayView<float> classes, ArrayView<float> gradient, ArrayView<double> rowLosses, LossShape shape)
    {
        ArrayView<double> lanes = SharedMemory.Allocate<double>(GroupSum.Lanes), totals = SharedMemory.Allocate<double>(GroupSum.Rows);
        ArrayView<int> places = SharedMemory.Allocate<int>(GroupSum.Lanes), best = SharedMemory.Allocate<int>(GroupSum.Rows);
        ArrayView<float> largest = SharedMemory.Allocate<float>(GroupSum.Rows), picked = SharedMemory.Allocate<float>(GroupSum.Rows);
        FindLargest(o, classes, places, best, largest, picked, shape);

        // The largest term of the sum is 1: kept apart, so that a confident row does not lose its small loss.
        for (int i = Group.IdxX; i < GroupSum.Lanes; i += Group.DimX)
        {
            int row = GroupSum.RowOf(i), own = i / GroupSum.RowLanes;
            double sum = 0;
            for (int j = i % GroupSum.RowLanes; row < shape.Rows && j < shape.Columns; j += GroupSum.RowLanes)
            {
                if (j != best[own]) sum += DeviceMath.Exp(o[row * shape.Columns + j] - largest[own]);
            }
            lanes[i] = sum;
        }
        GroupSum.OfRows(lanes, totals);
        for (int own = Group.IdxX; own < GroupSum.Rows; own += Group.DimX)
        {
            int row = Grid.IdxX * GroupSum.Rows + own;
            if (row < shape.Rows) rowLosses[row] = (double)DeviceMath.LogOnePlus((float)totals[own]) + ((double)largest[own] - picked[own]);
        }
        if (shape.HasGradient == 0) return;

        // The gradient may lie where o is: from here on a thread reads of o only the element that it writes.
        for (int i = Group.IdxX; i < GroupSum.Lanes; i += Group.DimX)
        {
            int row = GroupSum.RowOf(i), own = i / GroupSum.RowLanes;
            if (row >= shape.Rows) continue;
            int target = Class(classes[row], shape.Columns);
            float inverse = (float)(1 / (1 + totals[own]));
            for (int j = i % GroupSum.RowLanes; j < shape.Columns; j += GroupSum.RowLanes)
            {
                float p = DeviceMath.Exp(o[row * shape.Columns + j] - largest[own]) * inverse;
                gradient[row * shape.Columns + j] = (j == target ? p - 1 : p) * shape.Scale;
            }
        }
    }

    internal static void HalfSquaredError(
        ArrayView<float> o, ArrayView<float> y, ArrayView<float> gradient, ArrayView<double> rowLosses, LossShape shape)
    {
        ArrayView<double> lanes = SharedMemory.Allocate<double>(GroupSum.Lanes), totals = SharedMemory.Allocate<double>(GroupSum.Rows);
        for (int lane = Group.IdxX; lane < GroupSum.Lanes; lane += Group.DimX)
        {
            int row = GroupSum.RowOf(lane);
            double sum = 0;
            for (int j = lane % GroupSum.RowLanes; row < shape.Rows && j < shape.Columns; j += GroupSum.RowLanes)
            {
                int i = row * shape.Columns + j;
                float r = o[i] - y[i];
                sum += 0.5 * ((double)r * r);
                if (shape.HasGradient != 0) gradient[i] = r * shape.Scale;
            }
            lanes[lane] = sum;
        }
        WriteRowLosses(lanes, totals, rowLosses, shape.Rows);
    }

    internal static void BinaryCrossEntropy(
        ArrayView<float> o, ArrayView<float> y, ArrayView<float> gradient, ArrayView<double> rowLosses, LossShape shape)
    {
        ArrayView<double> lanes = SharedMemory.Allocate<double>(GroupSum.Lanes), totals = SharedMemory.Allocate<double>(GroupSum.Rows);
        for (int lane = Group.IdxX; lane < GroupSum.Lanes; lane += Group.DimX)
        {
            int row = GroupSum.RowOf(lane);
            double sum = 0;
            for (int j = lane % GroupSum.RowLanes; row < shape.Rows && j < shape.Columns; j += GroupSum.RowLanes)
            {
                int i = row * shape.Columns + j;
                float logit = o[i], magnitude = logit < 0 ? -logit : logit;
                sum += (double)(logit < 0 ? 0 : logit) - (double)logit * y[i] + DeviceMath.LogOnePlus(DeviceMath.Exp(-magnitude));
                if (shape.HasGradient != 0) gradient[i] = (DeviceMath.Sigmoid(logit) - y[i]) * shape.Scale;
            }
            lanes[lane] = sum;
        }
        WriteRowLosses(lanes, totals, rowLosses, shape.Rows);
    }

    internal static void Huber(
        ArrayView<float> o, ArrayView<float> y, ArrayView<float> gradient, ArrayView<double> rowLosses, LossShape shape)
    {
        ArrayView<double> lanes = SharedMemory.Allocate<double>(GroupSum.Lanes), totals = SharedMemory.Allocate<double>(GroupSum.Rows);
        for (int lane = Group.IdxX; lane < GroupSum.Lanes; lane += Group.DimX)
        {
            int row = GroupSum.RowOf(lane);
            double sum = 0;
            for (int j = lane % GroupSum.RowLanes; row < shape.Rows && j < shape.Columns; j += GroupSum.RowLanes)
            {
                int i = row * shape.Columns + j;
                float r = o[i] - y[i], magnitude = r < 0 ? -r : r;
                sum += magnitude > shape.Delta ? shape.Delta * ((double)magnitude - 0.5 * shape.Delta) : 0.5 * ((double)r * r);
                if (shape.HasGradient != 0) gradient[i] = (r > shape.Delta ? shape.Delta : r < -shape.Delta ? -shape.Delta : r) * shape.Scale;
            }
            lanes[lane] = sum;
        }
        WriteRowLosses(lanes, totals, rowLosses, shape.Rows);
    }

    // −1 for what is no whole number or out of range.
    private static int Class(float target, int columns)
    {
        int whole = (int)target;
        return whole == target && whole >= 0 && whole < columns ? whole : -1;
    }

    private static void WriteRowLosses(ArrayView<double> lanes, ArrayView<double> totals, ArrayView<double> rowLosses, int rows)
    {
        GroupSum.OfRows(lanes, totals);
        for (int own = Group.IdxX; own < GroupSum.Rows; own += Group.DimX)
        {
            int row = Grid.IdxX * GroupSum.Rows + own;
            if (row < rows) rowLosses[row] = totals[own];
        }
    }

    /// <summary>
    /// For each row of the group where it is largest (the first such place), that number, and the number of its class: NaN for one that does not exist rather
    /// than a read outside the row. All threads may read them on return.
    /// </summary>
    private static void FindLargest(
        ArrayView<float> o, ArrayView<float> classes, ArrayView<int> places, ArrayView<int> best, ArrayView<float> largest, ArrayView<float> picked, LossShape shape)
    {
        for (int i = Group.IdxX; i < GroupSum.Lanes; i += Group.DimX)
        {
            int row = GroupSum.RowOf(i), start = row * shape.Columns, first = i % GroupSum.RowLanes;
            if (row >= shape.Rows || first >= shape.Columns) continue;
            int place = first;
            for (int j = first; j < shape.Columns; j += GroupSum.RowLanes)
            {
                if (o[start + j] > o[start + place]) place = j;
            }
            places[i] = place;
        }
        Group.Barrier();
        int lanes = shape.Columns < GroupSum.RowLanes ? shape.Columns : GroupSum.RowLanes;
        for (int own = Group.IdxX; own < GroupSum.Rows; own += Group.DimX)
        {
            int row = Grid.IdxX * GroupSum.Rows + own, start = row * shape.Columns;
            if (row >= shape.Rows) continue;
            int place = places[own * GroupSum.RowLanes];
            for (int lane = 1; lane < lanes; lane++)
            {
                int other = places[own * GroupSum.RowLanes + lane];
                float candidate = o[start + other], known = o[start + place];
                if (candidate > known || (candidate == known && other < place)) place = other;
            }
            int target = Class(classes[row], shape.Columns);
            best[own] = place;
            largest[own] = o[start + place];
            picked[own] = target >= 0 ? o[start + target] : float.NaN;
        }
        Group.Barrier();
    }
}
