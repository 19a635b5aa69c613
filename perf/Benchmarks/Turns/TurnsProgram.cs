using System.Globalization;
using PipelineBackprop.Benchmarks.Scoreboard;

namespace PipelineBackprop.Benchmarks.Turns;

/// <summary>
/// <c>turns SECONDS WORK[;WORK]… FOLDER FOLDER…</c>: times the same work in several builds of this program by turns, in one process, so that a neighbour of the machine
/// meets all of them alike.
/// </summary>
internal static class TurnsProgram
{
    private const int Done = 0, BadInput = 2, TurnsPerSecond = 10;

    /// <summary>0 when everything was timed; 2 for words that make no sense.</summary>
    public static async Task<int> RunAsync(string[] arguments)
    {
        if (arguments is not [string time, string works, .. { Length: > 0 } folders])
            return Refuse($"turns takes SECONDS, WORK;WORK… and FOLDER…, where a WORK is {TurnsWork.Forms}.");
        if (!double.TryParse(time, NumberStyles.Float, CultureInfo.InvariantCulture, out double seconds) || seconds is not (> 0 and <= 3600))
            return Refuse($"turns was given '{time}' for its seconds, where a number above 0, at most 3600, would be right.");
        if (Array.Find(folders, folder => !TurnsBuild.IsIn(folder)) is { } strange)
            return Refuse($"turns was given the folder '{strange}', where one with {TurnsBuild.FileName} would be right.");
        string[] each = works.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (each.Length == 0) return Refuse($"turns was given no work, where one or more would be right: {TurnsWork.Forms}.");
        try
        {
            TurnsBuild[] builds = [.. folders.Select(folder => new TurnsBuild(folder))];
            foreach (string work in each) await CompareAsync(work, builds, seconds);
        }
        catch (FormatException error)
        {
            return Refuse(error.Message);
        }
        return Done;
    }

    /// <summary>Does one of each work once; a sentence for each that is broken.</summary>
    public static async Task<IReadOnlyList<string>> SmokeAsync()
    {
        string[] works =
        [
            "step:6-5-3:8:2:2:1", "layers:6-5-3:8:2:2", "product:9x7x5:TN:2", "packed:9x64x5:N:1", "packed:9x64x5:T:1", "predict:6-5-3:8:1", "sgd:100:1", "adam:100:2",
        ];
        List<string> sentences = [];
        foreach (string work in works)
        {
            try
            {
                (Func<int, Task> run, Func<ValueTask> end) = await TurnsWork.CreateAsync(work);
                await run(1);
                await end();
            }
            catch (Exception error)
            {
                sentences.Add($"turns with {work} failed with {error.GetType().Name}: {error.Message}");
            }
        }
        return sentences;
    }

    private static async Task CompareAsync(string work, TurnsBuild[] builds, double seconds)
    {
        List<(Func<int, Task> Run, Func<ValueTask> End)> works = [];
        try
        {
            foreach (TurnsBuild build in builds) works.Add(await build.CreateAsync(work));
            var sampler = new Sampler(TimeSpan.FromSeconds(seconds), turns: Math.Max(Sampler.UsualTurns, (int)(seconds * TurnsPerSecond)));
            Samples[] samples = await sampler.MeasureAsync([.. works.Select(one => new Work(one.Run))]);
            Console.WriteLine(work);
            for (int i = 0; i < builds.Length; i++) Console.WriteLine(Line(builds[i].Name!, samples[i], samples[0]));
        }
        finally
        {
            foreach ((Func<int, Task> Run, Func<ValueTask> End) one in works) await one.End();
        }
    }

    private static string Line(string name, Samples samples, Samples first)
    {
        double[] ratios = [.. samples.Turns.Zip(first.Turns, (ours, theirs) => theirs / ours).Order()];
        return string.Create(CultureInfo.InvariantCulture,
            $"  {name,-24} median {Measure.OfSeconds(samples.Median).Text,8}, best {Measure.OfSeconds(samples.Minimum).Text,8}, speed {samples.RatioOf(first):0.000} of the first's (quartiles {ratios[ratios.Length / 4]:0.000} to {ratios[ratios.Length * 3 / 4]:0.000})");
    }

    private static int Refuse(string sentence)
    {
        Console.Error.WriteLine(sentence);
        return BadInput;
    }
}
