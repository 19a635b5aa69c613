using System.Collections.Concurrent;
using PipelineBackprop.Blocks;
using PipelineBackprop.Compute;
using PipelineBackprop.Compute.Threading;
using PipelineBackprop.Tensors;

namespace PipelineBackprop.Stages;

/// <summary>
/// The devices that one pipeline has open. Where memory is the host's every lane has a thread and a compute of its own; any other device has one thread,
/// which opens it, runs the lanes pinned to it in turn, and closes it behind the last stage. Stages are opened one after another; thread-safe otherwise.
/// </summary>
internal sealed class OpenDevices
{
    private readonly ConcurrentDictionary<IDevice, SharedDevice> _byDevice = new(ReferenceEqualityComparer.Instance);
    private readonly ConcurrentDictionary<int, SharedDevice> _byLane = new();

    /// <summary>Opens the stage's device, or joins the stages that have it open.</summary>
    public async Task<DeviceLease> OpenAsync(StageDefinition definition, LedgerAccount account)
    {
        IDevice device = definition.Device;
        SharedDevice shared = device.BuffersOutliveCompute
            ? Join(_byLane, definition.Lane, $"lane {definition.Lane} on {device.Name}")
            : Join(_byDevice, device, device.Name);
        try
        {
            StagePools pools = await Task.Factory.StartNew(
                () => shared.Open(definition, account), CancellationToken.None, TaskCreationOptions.None, shared.Thread).ConfigureAwait(false);
            return new DeviceLease(shared.Thread, shared.Compute!, pools, shared.Scratch!, () => shared.Leave());
        }
        catch
        {
            // With other stages on it the device stays open.
            if (shared.Leave()) await shared.Thread.Ended.ConfigureAwait(false);
            throw;
        }
    }

    private static SharedDevice Join<TKey>(ConcurrentDictionary<TKey, SharedDevice> open, TKey key, string name)
        where TKey : notnull
    {
        if (!open.TryGetValue(key, out SharedDevice? shared) || !shared.TryJoin()) open[key] = shared = new SharedDevice(name);
        return shared;
    }

    /// <summary>A thread with its device; it has one user from the start.</summary>
    private sealed class SharedDevice
    {
        private readonly List<StagePools> _pools = []; // touched on the thread only
        private int _users = 1;

        public SharedDevice(string name) => Thread = new StageThread(name, Close);

        public StageThread Thread { get; }

        /// <summary>Set by the first <see cref="Open"/>.</summary>
        public ICompute? Compute { get; private set; }

        /// <summary>Set by the first <see cref="Open"/>, on whose account it is.</summary>
        public DeviceScratch? Scratch { get; private set; }

        /// <summary>One user more, unless the last has left.</summary>
        public bool TryJoin()
        {
            for (int seen = Volatile.Read(ref _users); seen > 0; seen = Volatile.Read(ref _users))
                if (Interlocked.CompareExchange(ref _users, seen + 1, seen) == seen) return true;
            return false;
        }

        /// <summary>One user less; whether it was the last, behind which the device closes.</summary>
        public bool Leave()
        {
            if (Interlocked.Decrement(ref _users) > 0) return false;
            Thread.Dispose();
            return true;
        }

        public StagePools Open(StageDefinition definition, LedgerAccount account)
        {
            if (Compute is null)
            {
                Compute = definition.Device.Open(definition.ComputeOptions);
                Thread.WhenIdle = (Compute as ILendsThread)?.Lend(() => Thread.IsCalled);
            }
            Scratch ??= new DeviceScratch(Compute, account);
            var pools = new StagePools(Compute, account);
            _pools.Add(pools);
            return pools;
        }

        private void Close()
        {
            try
            {
                foreach (StagePools pools in _pools) pools.Dispose();
                Scratch?.Strike();
            }
            finally
            {
                // Also where a buffer of a lost device cannot be given back.
                Compute?.Dispose();
            }
        }
    }
}
