using System.Diagnostics;
using PipelineBackprop.Compute;
using PipelineBackprop.Planning;
using PipelineBackprop.Stages;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Training;

/// <summary>Measures what it takes to bring every layer's output from one device to another, each on its own thread as in a pipeline.</summary>
internal static class TransferProfiler
{
    private const int ColdRounds = 5, Rounds = 15;

    /// <summary>By layer: the transfer of its output for a micro-batch of that many rows. Outputs as wide as each other are measured once.</summary>
    /// <param name="options">The model; threads and number format are the pipeline's.</param>
    /// <param name="from">The sending device.</param>
    /// <param name="to">The receiving device.</param>
    /// <param name="rows">Examples of a micro-batch, at least 1.</param>
    /// <param name="cancellationToken">Stops between two transfers.</param>
    public static async Task<IReadOnlyList<TransferTime>> MeasureAsync(
        PipelineOptions options, IDevice from, IDevice to, int rows, CancellationToken cancellationToken)
    {
        Side sender = await Side.OpenAsync(options, from, cancellationToken).ConfigureAwait(false);
        await using (sender.ConfigureAwait(false))
        {
            Side receiver = await Side.OpenAsync(options, to, cancellationToken).ConfigureAwait(false);
            await using (receiver.ConfigureAwait(false))
            {
                var known = new Dictionary<int, TransferTime>();
                var times = new TransferTime[options.Layers.Count];
                for (int layer = 0; layer < times.Length; layer++)
                {
                    int width = options.Layers[layer].Outputs;
                    if (!known.TryGetValue(width, out times[layer]))
                        known.Add(width, times[layer] = await MeasureAsync(sender, receiver, to, Shape.Matrix(rows, width), cancellationToken).ConfigureAwait(false));
                }
                return times;
            }
        }
    }

    private static async Task<TransferTime> MeasureAsync(Side sender, Side receiver, IDevice to, Shape shape, CancellationToken cancellationToken)
    {
        var send = new double[Rounds];
        var receive = new double[Rounds];
        for (int round = -ColdRounds; round < Rounds; round++)
        {
            (double sent, DeviceTensor exported) = await sender.RunAsync(side => side.Send(shape, to), cancellationToken).ConfigureAwait(false);
            // What was exported is let go even when the measuring is stopped.
            double received = await receiver.RunAsync(side => side.Receive(exported), CancellationToken.None).ConfigureAwait(false);
            if (round >= 0) (send[round], receive[round]) = (sent, received);
        }
        return new TransferTime(Median(send), Median(receive));

        // A difference of two measurements may fall below nothing.
        static double Median(double[] seconds) => Math.Max(0, seconds.Order().ElementAt(Rounds / 2));
    }

    /// <summary>A device on a thread of its own, with the memory that tensors pass through.</summary>
    private sealed class Side : IAsyncDisposable
    {
        private readonly StageThread _thread;
        private readonly ICompute _compute;
        private readonly TensorPool _pool, _hostPool;
        private float[] _values = [];

        private Side(StageThread thread, ICompute compute)
        {
            var ledger = new MemoryLedger();
            (_thread, _compute) = (thread, compute);
            (_pool, _hostPool) = (new TensorPool(compute.Allocate, ledger.Open("device")), new TensorPool(compute.AllocateHost, ledger.Open("host")));
        }

        public static async Task<Side> OpenAsync(PipelineOptions options, IDevice device, CancellationToken cancellationToken)
        {
            var thread = new StageThread($"transfers of {device.Name}");
            try
            {
                return await RunAsync(thread, () => new Side(thread, device.Open(options.ComputeOptions)), cancellationToken).ConfigureAwait(false);
            }
            catch
            {
                thread.Dispose();
                throw;
            }
        }

        public Task<T> RunAsync<T>(Func<Side, T> work, CancellationToken cancellationToken) => RunAsync(_thread, () => work(this), cancellationToken);

        public (double Seconds, DeviceTensor Exported) Send(Shape shape, IDevice receiver)
        {
            DeviceTensor tensor = Rent(shape);
            DeviceTensor? exported = null;
            double seconds = Time(tensor, () => exported = _compute.Export(tensor, _hostPool, receiver));
            tensor.Release();
            return (seconds, exported!);
        }

        public double Receive(DeviceTensor exported)
        {
            DeviceTensor local = Rent(exported.Shape);
            double seconds = Time(local, () => _compute.Import(exported, local));
            exported.Release();
            local.Release();
            return seconds;
        }

        public async ValueTask DisposeAsync()
        {
            await RunAsync(_thread, Close, CancellationToken.None).ConfigureAwait(false);
            _thread.Dispose();
            await _thread.Ended.ConfigureAwait(false);

            bool Close()
            {
                _pool.Dispose();
                _hostPool.Dispose();
                _compute.Dispose();
                return true;
            }
        }

        private DeviceTensor Rent(Shape shape)
        {
            if (_values.Length < shape.ElementCount) _values = new float[shape.ElementCount];
            DeviceTensor tensor = _pool.Rent(shape, MemoryPurpose.Workspace);
            _compute.Fill(tensor, 0.01);
            return tensor;
        }

        /// <summary>What a transfer from or into a tensor takes until the tensor can be read again; the reading itself is taken off.</summary>
        private double Time(DeviceTensor tensor, Action transfer)
        {
            double reading = Seconds(() => { });
            return Seconds(transfer) - reading;

            double Seconds(Action before)
            {
                _compute.Download(tensor, _values.AsSpan(0, tensor.ElementCount));
                long start = Stopwatch.GetTimestamp();
                before();
                // Transfers run beside the computing; who reads the tensor waits for both.
                _compute.Download(tensor, _values.AsSpan(0, tensor.ElementCount));
                return Stopwatch.GetElapsedTime(start).TotalSeconds;
            }
        }

        private static Task<T> RunAsync<T>(StageThread thread, Func<T> work, CancellationToken cancellationToken) =>
            Task.Factory.StartNew(work, cancellationToken, TaskCreationOptions.None, thread);
    }
}
