namespace PipelineBackprop.Schedules;

/// <summary>Which device owns which stage. Pure, so any thread may call it.</summary>
public static class StagePlacement
{
    /// <summary>Stage s on device s mod p: 0 1 2 0 1 2 for three devices with two chunks.</summary>
    public static int[] Loop(ScheduleSize size) => [.. Enumerable.Range(0, size.Stages).Select(stage => stage % size.Devices)];

    /// <summary>Down the devices and up again: 0 1 2 2 1 0 for three devices with two chunks. First and last stage share a device.</summary>
    public static int[] Fold(ScheduleSize size) =>
    [
        .. Enumerable.Range(0, size.Stages).Select(stage =>
            stage / size.Devices % 2 == 0 ? stage % size.Devices : size.Devices - 1 - (stage % size.Devices)),
    ];
}
