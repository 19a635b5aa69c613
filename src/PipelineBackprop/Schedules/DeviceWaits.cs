namespace PipelineBackprop.Schedules;

/// <summary>The waits of devices in a simulation, and how much of what they have to prepare is done in them.</summary>
internal readonly struct DeviceWaits(int devices)
{
    private readonly double[] _unused = new double[devices];

    /// <summary>A device has waited; returns what is left to prepare for the action that it waited for.</summary>
    public double Prepare(int device, double waited, double preparation)
    {
        _unused[device] += waited;
        double done = Math.Min(_unused[device], preparation);
        _unused[device] -= done;
        return preparation - done;
    }
}
