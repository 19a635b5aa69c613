using PipelineBackprop.Schedules;
using Xunit;

namespace PipelineBackprop.Tests.Schedules;

/// <summary>Sizes and small helpers that the tests of this room share.</summary>
internal static class ScheduleSizes
{
    private static readonly int[] s_chunks = [1, 2, 3];

    /// <summary>Devices 1 to 8 with micro-batches 1 to 24, all of them.</summary>
    public static IEnumerable<(int Devices, int MicroBatches)> All =>
        from devices in Enumerable.Range(1, 8) from microBatches in Enumerable.Range(1, 24) select (devices, microBatches);

    /// <summary>Thirty sizes at which every mutation has room: at least two devices and two micro-batches.</summary>
    public static IEnumerable<(int Devices, int MicroBatches)> Mutable =>
        from devices in new[] { 2, 3, 4, 5, 8 } from microBatches in new[] { 2, 3, 4, 5, 8, 16 } select (devices, microBatches);

    /// <summary>The names as test data.</summary>
    public static TheoryData<string> Names => new(ScheduleCatalog.Names);

    /// <summary>The names of those with one stage a device that are synchronous.</summary>
    public static IReadOnlyList<string> OneStageNames { get; } = ["gpipe", "1f1b", "zb-h1", "zb-h2"];

    /// <summary>The schedules of a name at those sizes, with up to three chunks a device where it takes them.</summary>
    public static IEnumerable<PipelineSchedule> Of(string name, IEnumerable<(int Devices, int MicroBatches)> sizes)
    {
        IScheduleGenerator generator = ScheduleCatalog.Get(name);
        return from size in sizes
               from chunks in s_chunks.Where(generator.Chunks.Contains)
               select generator.Generate(new ScheduleSize(size.Devices, size.MicroBatches, chunks));
    }

    public static PipelineAction[] Parse(string actions) =>
        [.. actions.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(text => PipelineAction.Parse(text))];

    /// <summary>A schedule written down by device, for example <c>0F0 0B0 0W0</c>.</summary>
    public static PipelineSchedule Written(int microBatches, int[] deviceOfStage, params string[] devices) =>
        new("written", microBatches, deviceOfStage, [.. devices.Select(Parse)]);

    /// <summary>Two devices with two chunks each (stages 0 and 2, 1 and 3), two micro-batches.</summary>
    public static PipelineSchedule TwoChunksADevice => Written(2, [0, 1, 0, 1],
        "0F0 0F1 2F0 2F1 2B0 2W0 2B1 2W1 0B0 0W0 0B1 0W1",
        "1F0 1F1 3F0 3B0 3W0 3F1 3B1 3W1 1B0 1W0 1B1 1W1");

    /// <summary>The same schedule with one device's order replaced.</summary>
    public static PipelineSchedule With(this PipelineSchedule schedule, int device, IEnumerable<PipelineAction> actions) =>
        new(schedule.Name, schedule.MicroBatchCount, [.. Enumerable.Range(0, schedule.StageCount).Select(schedule.DeviceOf)],
            [.. Enumerable.Range(0, schedule.DeviceCount).Select(other => other == device ? [.. actions] : schedule.ActionsOf(other))],
            schedule.Staleness);
}
