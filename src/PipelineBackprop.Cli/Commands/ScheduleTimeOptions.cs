using System.CommandLine;
using System.Globalization;
using PipelineBackprop.Schedules;

namespace PipelineBackprop.Cli.Commands;

/// <summary>The times a schedule is looked at with.</summary>
internal sealed class ScheduleTimeOptions
{
    private readonly Option<string[]> _times = new("--times")
    {
        Description = "Times of F, B and W; given once for all devices, or once for each of them. A chunk takes its part of them. Default 1,1,1.",
        HelpName = "F,B,W",
        Arity = ArgumentArity.OneOrMore,
        DefaultValueFactory = _ => ["1,1,1"],
    };

    private readonly Option<double> _transfer = new("--transfer") { Description = "Time from a device to the next, at least 0; default 0.", HelpName = "T" };

    public ScheduleTimeOptions() => Options = [_times, _transfer];

    public IReadOnlyList<Option> Options { get; }

    public double Transfer(ParseResult parsed)
    {
        double transfer = parsed.GetValue(_transfer);
        return double.IsFinite(transfer) && transfer >= 0 ? transfer
            : throw new InvalidInputException(string.Create(CultureInfo.InvariantCulture, $"--transfer is {transfer}, but must be at least 0 and finite."));
    }

    /// <summary>F, B and W of each device.</summary>
    /// <exception cref="InvalidInputException">A text that is no times, or times for another number of devices.</exception>
    public double[][] OfDevices(ParseResult parsed, int devices)
    {
        double[][] given = [.. parsed.GetValue(_times)!.Select(ReadTimes)];
        if (given.Length != 1 && given.Length != devices)
            throw new InvalidInputException($"--times is given {given.Length} times, but must be given once or once for each of the {devices} devices.");
        return [.. Enumerable.Range(0, devices).Select(device => given[given.Length == 1 ? 0 : device])];
    }

    /// <summary>The times of a schedule's stages.</summary>
    /// <exception cref="InvalidInputException">As in <see cref="OfDevices"/>.</exception>
    public ScheduleTimes Of(ParseResult parsed, PipelineSchedule schedule)
    {
        double[][] times = OfDevices(parsed, schedule.DeviceCount);
        double[] Column(int index) => [.. times.Select(row => row[index])];
        return ScheduleTimes.OfDevices(schedule, Column(0), Column(1), Column(2), Transfer(parsed));
    }

    private static double[] ReadTimes(string text)
    {
        string[] parts = text.Split(',');
        var times = new double[3];
        bool read = parts.Length == times.Length;
        for (int i = 0; read && i < times.Length; i++)
            read = double.TryParse(parts[i], NumberStyles.Float, CultureInfo.InvariantCulture, out times[i]) && double.IsFinite(times[i]) && times[i] >= 0;
        return read && times.Sum() > 0 ? times
            : throw new InvalidInputException($"--times is \"{text}\", but must be three numbers of at least 0 and not all 0, like 1,1,1.");
    }
}
