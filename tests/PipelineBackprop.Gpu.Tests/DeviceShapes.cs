namespace PipelineBackprop.Gpu.Tests;

/// <summary>Simulated devices of several shapes.</summary>
internal static class DeviceShapes
{
    /// <summary>Groups of 2, 16 and 8 threads; the last runs two groups at a time.</summary>
    public static TheoryData<SimulatedDeviceOptions> All =>
    [
        new SimulatedDeviceOptions(WarpSize: 2, WarpsPerMultiprocessor: 1, Multiprocessors: 1),
        new SimulatedDeviceOptions(WarpSize: 4, WarpsPerMultiprocessor: 4, Multiprocessors: 1),
        new SimulatedDeviceOptions(WarpSize: 4, WarpsPerMultiprocessor: 2, Multiprocessors: 2),
    ];

    /// <summary>Groups of 4 and 8 threads, for work of many launches.</summary>
    public static TheoryData<SimulatedDeviceOptions> Two =>
    [
        new SimulatedDeviceOptions(),
        new SimulatedDeviceOptions(WarpSize: 4, WarpsPerMultiprocessor: 2, Multiprocessors: 2),
    ];
}
