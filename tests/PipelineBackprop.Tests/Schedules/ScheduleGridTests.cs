using PipelineBackprop.Schedules;
using Xunit;

namespace PipelineBackprop.Tests.Schedules;

public class ScheduleGridTests
{
    [Fact]
    public void Render_draws_GPipe_as_its_documentation_does() => AssertGrid("""
        time       0    1    2    3    4    5    6    7    8    9   10   11   12
        device 0  0F0  0F1  0F2   .    .    .    .   0B0  0W0  0B1  0W1  0B2  0W2
        device 1   .   1F0  1F1  1F2   .    .   1B0  1W0  1B1  1W1  1B2  1W2   .
        device 2   .    .   2F0  2F1  2F2  2B0  2W0  2B1  2W1  2B2  2W2   .    .
        """, ScheduleGrid.Render(new GPipeSchedule().Generate(3, 3)));

    [Fact]
    public void Render_draws_1f1b_as_its_documentation_does() => AssertGrid("""
        time       0    1    2    3    4    5    6    7    8    9   10   11   12
        device 0  0F0  0F1  0F2   .    .   0B0  0W0   .   0B1  0W1   .   0B2  0W2
        device 1   .   1F0  1F1   .   1B0  1W0  1F2  1B1  1W1   .   1B2  1W2   .
        device 2   .    .   2F0  2B0  2W0  2F1  2B1  2W1  2F2  2B2  2W2   .    .
        """, ScheduleGrid.Render(new OneForwardOneBackwardSchedule().Generate(3, 3)));

    [Fact]
    public void Render_marks_the_failing_action() => AssertGrid("""
        time       0    1    2    3    4
        device 0  0F0   .    .   0B0  0W0
        device 1   .   1F0 [1B0] 1W0   .
        """, ScheduleGrid.Render(new GPipeSchedule().Generate(2, 1), PipelineAction.Parse("1B0")));

    [Fact]
    public void Render_of_a_schedule_that_cannot_run_draws_it_in_order_with_the_fault_marked()
    {
        PipelineSchedule deadlock = ScheduleSizes.Written(2, [0, 1], "0F0 0B0 0W0 0F1 0B1 0W1", "1F0 1F1 1B0 1W0 1B1 1W1");
        AssertGrid("""
            time       0    1    2    3    4    5
            device 0  0F0 [0B0] 0W0  0F1  0B1  0W1
            device 1  1F0  1F1  1B0  1W0  1B1  1W1
            """, ScheduleGrid.Render(deadlock, ScheduleValidator.Validate(deadlock)!.Action));
    }

    [Fact]
    public void Render_continues_a_long_action()
    {
        ScheduleTimes times = new([1, 2], [1, 1], [3, 1]);
        AssertGrid("""
            time       0    1    2    3    4    5    6    7
            device 0  0F0   .    .    .   0B0  0W0   -    -
            device 1   .   1F0   -   1B0  1W0   .    .    .
            """, ScheduleGrid.Render(ScheduleSimulator.Run(new GPipeSchedule().Generate(2, 1), times), unit: 1));
    }

    [Fact]
    public void Render_in_a_narrow_terminal_keeps_the_marked_action_and_the_width()
    {
        PipelineSchedule schedule = new OneForwardOneBackwardSchedule().Generate(4, 40);
        foreach (string failing in new[] { "0F0", "2B17", "3W39" })
        {
            string grid = ScheduleGrid.Render(schedule, PipelineAction.Parse(failing), maxWidth: 80);
            Assert.Contains($"[{failing}]", grid, StringComparison.Ordinal);
            Assert.Contains("…", grid, StringComparison.Ordinal);
            Assert.All(grid.Split('\n'), line => Assert.InRange(line.Length, 0, 80));
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(12)]
    public void A_grid_for_which_there_is_hardly_room_still_shows_the_action_that_fails(int maxWidth) => Assert.Contains(
        "[2B17]", ScheduleGrid.Render(new OneForwardOneBackwardSchedule().Generate(4, 40), PipelineAction.Parse("2B17"), maxWidth), StringComparison.Ordinal);

    [Fact]
    public void Render_of_devices_without_actions_draws_empty_rows() =>
        AssertGrid("time\ndevice 0\ndevice 1", ScheduleGrid.Render(ScheduleSizes.Written(1, [0, 1], "", "")));

    [Theory]
    [InlineData(0.0)]
    [InlineData(-1.0)]
    [InlineData(1e-9)]
    [InlineData(double.NaN)]
    public void Render_with_an_impossible_unit_is_refused(double unit)
    {
        ScheduleTimeline timeline = ScheduleSimulator.Run(new GPipeSchedule().Generate(2, 2), ScheduleTimes.Uniform(2));
        Assert.Throws<ArgumentOutOfRangeException>(() => ScheduleGrid.Render(timeline, unit));
    }

    private static void AssertGrid(string expected, string actual) =>
        Assert.Equal(expected.ReplaceLineEndings("\n") + "\n", actual);
}
