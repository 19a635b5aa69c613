using PipelineBackprop.Schedules;
using Xunit;

namespace PipelineBackprop.Tests.Schedules;

/// <summary>Sizes and small helpers that the tests of this room share.</summary>
internal static class ScheduleSizes
{
    /// <summary>Stages 1 to 8 with micro-batches 1 to 24, all of them.</summary>
    public static IEnumerable<(int Stages, int MicroBatches)> All =>
        from stages in Enumerable.Range(1, 8) from microBatches in Enumerable.Range(1, 24) select (stages, microBatches);

    /// <summary>Thirty sizes at which every mutation has room: at least two stages and two micro-batches.</summary>
    public static IEnumerable<(int Stages, int MicroBatches)> Mutable =>
        from stages in new[] { 2, 3, 4, 5, 8 } from microBatches in new[] { 2, 3, 4, 5, 8, 16 } select (stages, microBatches);

    /// <summary>The names as test data.</summary>
    public static TheoryData<string> Names => new(ScheduleCatalog.Names);

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
            [.. Enumerable.Range(0, schedule.DeviceCount).Select(other => other == device ? [.. actions] : schedule.ActionsOf(other))]);
}
