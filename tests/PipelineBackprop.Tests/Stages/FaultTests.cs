using PipelineBackprop.Schedules;
using Xunit;

namespace PipelineBackprop.Tests.Stages;

public sealed class FaultTests : FaultMatrix
{
    public static TheoryData<FaultKind, string, int, ActionKind, int> Faults() =>
        Cells([FaultKind.Throw, FaultKind.Cancel, FaultKind.NotANumber], ["gpipe", "1f1b", "interleaved-1f1b", "zb-v"], [0, 2, 4]);

    [Theory]
    [MemberData(nameof(Faults))]
    public Task A_layer_that_throws_cancels_or_yields_NaN_fails_the_step_and_nothing_else(
        FaultKind kind, string schedule, int stage, ActionKind action, int microBatch) =>
        RunAsync(kind, schedule, stage, action, microBatch, TimeSpan.FromSeconds(30));
}
