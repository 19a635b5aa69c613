using PipelineBackprop.Schedules;
using Xunit;

namespace PipelineBackprop.Tests.Stages;

/// <summary>Alone, because what a stall is measured by is time.</summary>
[CollectionDefinition(nameof(StallTests), DisableParallelization = true)]
[Collection(nameof(StallTests))]
public sealed class StallTests : FaultMatrix
{
    public static TheoryData<FaultKind, string, int, ActionKind, int> Stalls() =>
        [.. Cells([FaultKind.StallUntilCancelled], ["1f1b"], [0, 3]), .. Cells([FaultKind.StallUntilCancelled], ["zb-v"], [1])];

    public static TheoryData<FaultKind, string, int, ActionKind, int> Losses() => Cells([FaultKind.StallForGood], ["1f1b", "gpipe", "zb-v"], [1]);

    [Theory]
    [MemberData(nameof(Stalls))]
    public Task A_layer_that_stalls_until_cancelled_fails_the_step_and_nothing_else(
        FaultKind kind, string schedule, int stage, ActionKind action, int microBatch) =>
        RunAsync(kind, schedule, stage, action, microBatch, TimeSpan.FromSeconds(1));

    [Theory]
    [MemberData(nameof(Losses))]
    public Task A_layer_that_never_returns_costs_the_stage_its_thread_but_not_its_parameters(
        FaultKind kind, string schedule, int stage, ActionKind action, int microBatch) =>
        RunAsync(kind, schedule, stage, action, microBatch, TimeSpan.FromSeconds(1));
}
