using PipelineBackprop.Naming;
using PipelineBackprop.Schedules;

namespace PipelineBackprop.Configuration;

/// <summary>Files that hold a schedule, as <see cref="ScheduleCsv"/> writes them.</summary>
public static class ScheduleFile
{
    /// <summary>How the name of such a file ends.</summary>
    public const string Extension = ".csv";

    /// <summary>Whether a setting names a file rather than a schedule of the catalogue.</summary>
    public static bool IsFile(string schedule)
    {
        ArgumentNullException.ThrowIfNull(schedule);
        return schedule.EndsWith(Extension, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Reads and checks a file; the schedule is named after it.</summary>
    /// <exception cref="InvalidInputException">The file cannot be read, or holds no schedule that can be run; the sentence names file and line.</exception>
    public static PipelineSchedule Load(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new InvalidInputException($"The schedule {path} does not exist.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InvalidInputException($"The schedule {path} cannot be read: {FileFault.Words(path, e)}.", e);
        }
        string name = Path.GetFileNameWithoutExtension(path);
        return ScheduleCsv.Parse(text, path, name.Length > 0 ? name : path);
    }
}
