using ILGPU.Runtime;

namespace PipelineBackprop.Gpu.Launches;

/// <summary>
/// Work of one kind that the device's computing stream can be given: a kernel, a copy or a call of the vendor's library. The arguments say all that it does, so
/// two launches with equal arguments do the same. Used on the device's thread.
/// </summary>
/// <param name="queue">Where launches wait for each other.</param>
/// <param name="run">Puts the work on a stream and returns.</param>
internal sealed class Kernel<TArguments>(LaunchQueue queue, Action<AcceleratorStream, TArguments> run)
    where TArguments : struct, IEquatable<TArguments>
{
    private readonly Action<AcceleratorStream, TArguments> _run = run;
    private readonly Stack<Waiting> _spare = [];

    /// <summary>Launches it behind everything launched before, perhaps not at once: see <see cref="LaunchQueue.Flush"/>.</summary>
    internal void Launch(in TArguments arguments)
    {
        if (!queue.Records)
        {
            _run(queue.Stream, arguments);
            return;
        }
        if (!_spare.TryPop(out Waiting? launch)) launch = new Waiting(this);
        launch.Arguments = arguments;
        queue.Add(launch);
    }

    /// <summary>Launches it at once, behind everything before: for arguments that are others in every step, so that a recording would never serve again.</summary>
    internal void LaunchUnrecorded(in TArguments arguments)
    {
        queue.Flush();
        _run(queue.Stream, arguments);
    }

    private sealed class Waiting(Kernel<TArguments> kernel) : Launch
    {
        private readonly Kernel<TArguments> _kernel = kernel;

        internal TArguments Arguments { get; set; }

        internal override int Hash => HashCode.Combine(_kernel, Arguments);

        internal override bool IsSameAs(Launch other) => other is Waiting same && ReferenceEquals(same._kernel, _kernel) && same.Arguments.Equals(Arguments);

        internal override void Run(AcceleratorStream stream) => _kernel._run(stream, Arguments);

        internal override void Recycle()
        {
            Arguments = default;
            _kernel._spare.Push(this);
        }
    }
}
