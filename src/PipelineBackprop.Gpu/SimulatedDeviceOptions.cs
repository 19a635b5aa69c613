namespace PipelineBackprop.Gpu;

/// <summary>
/// The shape of a simulated device. A group has at most WarpSize · WarpsPerMultiprocessor threads; each is a thread of the operating system, so
/// small devices are faster.
/// </summary>
/// <param name="WarpSize">Threads that run in step: a power of two, at least 2; default 2.</param>
/// <param name="WarpsPerMultiprocessor">Warps of one multiprocessor: a power of two, at least 1; default 2.</param>
/// <param name="Multiprocessors">Groups that run at the same time, at least 1; default 1.</param>
/// <param name="MemoryBytes">Memory that may be taken from it, at least 1 byte; default as much as the host has.</param>
public sealed record SimulatedDeviceOptions(int WarpSize = 2, int WarpsPerMultiprocessor = 2, int Multiprocessors = 1, long? MemoryBytes = null);
