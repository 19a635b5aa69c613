using System.Diagnostics;
using CsCheck;
using PipelineBackprop.Schedules;
using Xunit;

namespace PipelineBackprop.Tests.Schedules;

public sealed class ScheduleCsvTests
{
    public static TheoryData<string> Names => ScheduleSizes.Names;

    [Theory, MemberData(nameof(Names))]
    public void What_is_written_reads_back_the_same(string name)
    {
        foreach (PipelineSchedule schedule in ScheduleSizes.Of(name, ScheduleSizes.Mutable))
        {
            PipelineSchedule read = ScheduleCsv.Parse(ScheduleCsv.Write(schedule), "my.csv", name);

            Assert.Equal((schedule.Name, schedule.StageCount, schedule.MicroBatchCount, schedule.DeviceCount, schedule.Staleness),
                (read.Name, read.StageCount, read.MicroBatchCount, read.DeviceCount, read.Staleness));
            for (int device = 0; device < schedule.DeviceCount; device++) Assert.Equal(schedule.ActionsOf(device), read.ActionsOf(device));
            Assert.All(Enumerable.Range(0, schedule.StageCount), stage => Assert.Equal(schedule.DeviceOf(stage), read.DeviceOf(stage)));
        }
    }

    [Fact]
    public void One_line_a_device_with_actions_as_the_field_writes_them() =>
        Assert.Equal("0F0,0F1,0B0,0W0,0B1,0W1\n1F0,1B0,1W0,1F1,1B1,1W1\n", ScheduleCsv.Write(new OneForwardOneBackwardSchedule().Generate(2, 2)));

    [Fact]
    public void Comments_empty_lines_idle_cells_and_other_line_ends_are_read_over()
    {
        PipelineSchedule schedule = ScheduleCsv.Parse("# mine\r\n 0F0 ,,,0B0,0W0\r\n\r\n,1F0,1B0, 1W0,\r\n", "my.csv", "my");

        Assert.Equal(ScheduleSizes.Parse("0F0 0B0 0W0"), schedule.ActionsOf(0));
        Assert.Equal(ScheduleSizes.Parse("1F0 1B0 1W0"), schedule.ActionsOf(1));
    }

    [Theory]
    [InlineData(",,\n0F0,0B0,0W0,\n1F0,1B0,1W0,\n,,,\n")]
    [InlineData("0F0,0B0,0W0\r\n,,,\r\n1F0,1B0,1W0\r\n ,\t,\r\n")]
    public void A_line_of_empty_cells_is_no_device(string text)
    {
        PipelineSchedule schedule = ScheduleCsv.Parse(text, "my.csv", "my");

        Assert.Equal((2, 2), (schedule.DeviceCount, schedule.StageCount));
        Assert.Equal(1, schedule.DeviceOf(1));
    }

    [Fact]
    public void How_weights_lag_is_read_behind_a_spreadsheet_too()
    {
        PipelineSchedule schedule = new PipeDream2BwSchedule().Generate(2, 2);
        string filled = ScheduleCsv.Write(schedule).Replace("weight versions", "weight versions,,,,", StringComparison.Ordinal);

        Assert.Equal(schedule.Staleness, ScheduleCsv.Parse(filled, "my.csv", "my").Staleness);
    }

    [Fact]
    public void A_slip_in_one_of_many_lines_is_found_at_once()
    {
        string text = string.Join('\n', Enumerable.Range(0, 100_000).Select(microBatch => $"0F{microBatch}")) + ",99999F0";
        long started = Stopwatch.GetTimestamp();

        Assert.Equal("my.csv has 100001 actions, but 100000 stages and 100000 micro-batches need 30000000000.", Assert.Throws<InvalidInputException>(() => ScheduleCsv.Parse(text, "my.csv", "my")).Message);
        Assert.True(Stopwatch.GetElapsedTime(started) < TimeSpan.FromSeconds(5), "Reading takes the square of the lines.");
    }

    [Theory]
    [InlineData("", "my.csv holds no action; a schedule has one line a device, like 0F0,0B0,0W0.")]
    [InlineData("0F0,0X0", "my.csv, line 1, column 2: \"0X0\" should be a stage, one of F, B or W, and a micro-batch, like 2F0.")]
    [InlineData("0F0,0B0,0W0\n1F0,1B0", "my.csv, line 2: 1W0 is missing from device 1.")]
    [InlineData("# two\n0F0,0B0,0W0\n\n1F0,1W0,1B0", "my.csv, line 4: 1W0 at position 1 of device 1 uses 1B0, which comes later, at position 2.")]
    [InlineData("0F0,0B0,0W0,0F0", "my.csv, line 1: 0F0 at position 3 of device 0 stands there for the second time.")]
    [InlineData("0F0,0B0,0W0\n1F0,1B0,1W0,0W0", "my.csv, line 2: 0W0 at position 3 of device 1 belongs on device 0, which owns stage 0.")]
    [InlineData("1F0,1B0,1W0\n2F0,2B0,2W0", "my.csv, line 1: 0F0 is missing from device 0.")]
    [InlineData("0F1,0F0,0B0,0W0,0B1,0W1", "my.csv, line 1: 0F1 comes on device 0 where micro-batch order asks for 0F0.")]
    [InlineData("0F0,0B0,0W0,0F1,0B1,0W1\n1F0,1F1,1B0,1W0,1B1,1W1", "my.csv, line 1: 0B0 waits for 1B0, which waits for 1F1 ahead of it on device 1, which waits for 0F1, which waits for 0B0 ahead of it on device 0.")]
    [InlineData("0F0,0B0,0W0\n2000000000F0", "my.csv, line 2: 2000000000F0 is one of more than 2000000000 stages or micro-batches, but the whole schedule has only 4 actions.")]
    [InlineData("0F0,0B0,0W99", "my.csv, line 1: 0W99 is one of more than 99 stages or micro-batches, but the whole schedule has only 3 actions.")]
    [InlineData("# staleness: an update every 2 micro-batches, delay 1, 2 weight versions\n0F0,0B0,0W0", "my.csv: 1 micro-batches do not make up whole updates of 2.")]
    [InlineData("0F0,0B0,0W0\n# staleness: an update every \u0661 micro-batches, delay 1, 2 weight versions", "my.csv, line 2: \"# staleness: an update every \u0661 micro-batches, delay 1, 2 weight versions\" should say how weights lag, like # staleness: an update every 4 micro-batches, delay 1, 2 weight versions.")]
    public void A_fault_names_file_and_line(string text, string sentence) =>
        Assert.Equal(sentence, Assert.Throws<InvalidInputException>(() => ScheduleCsv.Parse(text, "my.csv", "my")).Message);

    [Fact]
    public void Any_text_is_read_or_refused_in_one_sentence()
    {
        string valid = ScheduleCsv.Write(new ZeroBubbleVSchedule().Generate(3, 4));
        Gen.Select(Gen.Int[0, valid.Length - 1], Gen.Char["09FBW,\n# x-"], Gen.Bool).Sample((place, letter, insert) =>
        {
            string text = insert ? valid.Insert(place, letter.ToString()) : valid.Remove(place, 1).Insert(place, letter.ToString());
            try
            {
                Assert.Null(ScheduleValidator.Validate(ScheduleCsv.Parse(text, "my.csv", "my")));
            }
            catch (InvalidInputException fault)
            {
                Assert.StartsWith("my.csv", fault.Message, StringComparison.Ordinal);
                Assert.EndsWith(".", fault.Message, StringComparison.Ordinal);
            }
        }, iter: 5_000);
    }
}
