using System.CommandLine;
using PipelineBackprop.Configuration;
using PipelineBackprop.Schedules;

namespace PipelineBackprop.Cli.Commands;

/// <summary>What names a schedule on the command line: a name with its size, or a file.</summary>
internal sealed class ScheduleSizeOptions
{
    private const int MostActions = 100_000;

    private readonly Argument<string> _name = new("SCHEDULE") { Description = "A name that schedule list shows, or a CSV file.", HelpName = "SCHEDULE" };
    private readonly Option<int?> _stages = new("--stages") { Description = "Stages of one device each, at least 1; with several chunks these are the devices.", HelpName = "P" };
    private readonly Option<int?> _microBatches = new("--microbatches") { Description = "Micro-batches of a minibatch, at least 1.", HelpName = "M" };
    private readonly Option<int?> _chunks = new("--chunks") { Description = "Chunks each device's stage is cut into; default 2 where the schedule needs several.", HelpName = "V" };

    public void AddTo(Command command)
    {
        command.Add(_name);
        command.Add(_stages);
        command.Add(_microBatches);
        command.Add(_chunks);
    }

    /// <summary>The schedule that is meant.</summary>
    /// <exception cref="InvalidInputException">No such schedule, a size that cannot be, or a file that holds none.</exception>
    public PipelineSchedule Create(ParseResult parsed)
    {
        string name = parsed.GetRequiredValue(_name);
        int? stages = parsed.GetValue(_stages), microBatches = parsed.GetValue(_microBatches), chunks = parsed.GetValue(_chunks);
        if (ScheduleFile.IsFile(name))
        {
            if ((stages ?? microBatches ?? chunks) is not null)
                throw new InvalidInputException($"{name} is a file, which has its own size: leave --stages, --microbatches and --chunks out.");
            return ScheduleFile.Load(name);
        }
        IScheduleGenerator generator = ScheduleCatalog.Get(name);
        if (stages is null || microBatches is null)
            throw new InvalidInputException($"schedule {generator.Name} needs a size: give --stages and --microbatches, for example --stages 4 --microbatches 8.");
        return generator.Generate(CheckedSize(generator, new ScheduleSize(stages.Value, microBatches.Value, chunks ?? generator.Chunks.Default)));
    }

    /// <summary>The size, if the generator can write it and a person can still look at it.</summary>
    public static ScheduleSize CheckedSize(IScheduleGenerator generator, ScheduleSize size)
    {
        if (size.Devices < 1) throw new InvalidInputException($"--stages is {size.Devices}, but must be at least 1.");
        if (size.MicroBatches < 1) throw new InvalidInputException($"--microbatches is {size.MicroBatches}, but must be at least 1.");
        if (!generator.Chunks.Contains(size.Chunks)) throw new InvalidInputException($"--chunks is {size.Chunks}, but schedule {generator.Name} takes {generator.Chunks}.");
        // The three numbers may be large each, so multiplied in turn.
        decimal actions = (decimal)size.Devices * size.MicroBatches * size.Chunks * 3;
        if (actions > MostActions) throw new InvalidInputException($"{size} make {actions} actions, but at most {MostActions} can be shown.");
        return size;
    }
}
