using System.Diagnostics;
using PipelineBackprop.Benchmarks.Scoreboard.Peers;
using PipelineBackprop.Benchmarks.Scoreboard.Report;
using PipelineBackprop.Benchmarks.Scoreboard.Sections;
using PipelineBackprop.Benchmarks.Scoreboard.Sections.Devices;
using PipelineBackprop.Compute;
using PipelineBackprop.Gpu;

namespace PipelineBackprop.Benchmarks.Scoreboard;

/// <summary><c>./run.sh bench</c>: measures the table, prints it and writes it as Markdown, JSON and a picture.</summary>
internal static class ScoreboardProgram
{
    private const int Done = 0, Broken = 1, BadInput = 2;
    private static readonly TimeSpan s_longestSmoke = TimeSpan.FromSeconds(60);

    private static ISection[] Sections =>
    [
        new ProductsSection(), new StepsSection(), new PipelineSection(), new OverheadSection(), new AllocationsSection(), new UpdateSection(), new InferenceSection(),
    ];

    private static ISection[] SectionsOf(IDevice device, IDevice second) => [new DeviceProductsSection(device), new DeviceLaunchSection(device), new DeviceStepsSection(device, second)];

    private static string[] Names(ISection[] sections) => [.. sections.Select(section => section.Name)];

    /// <summary>0 when everything was measured, however fast; 1 when a section is broken; 2 for words that make no sense.</summary>
    public static async Task<int> RunAsync(string[] arguments)
    {
        if (!ScoreboardOptions.TryParse(arguments, Names(Sections), Names(SectionsOf(CpuDevice.Instance, CpuDevice.Instance)), out ScoreboardOptions options, out string sentence))
            return Refuse(sentence);
        if (options.IsHelp)
        {
            Console.Write(ScoreboardOptions.Help);
            return Done;
        }
        if (FindRoot() is not { } root) return Refuse($"The repository of {AppContext.BaseDirectory} cannot be found; run ./run.sh bench in a clone.");
        ISection[] sections = Sections;
        if (options.Device is { } name)
        {
            if (name == CpuDevice.Instance.Name) return Refuse($"--device is '{name}', where another device would be right; without --device the processor is measured.");
            IDevice[] devices = [.. DeviceCatalog.List().Where(one => one != CpuDevice.Instance)];
            if (Array.Find(devices, one => one.Name == name) is not { } device)
            {
                Console.WriteLine($"not measured: there is no device {name} here; there are {string.Join(", ", devices.Select(one => one.Name))}.");
                return Done;
            }
            sections = SectionsOf(device, devices.FirstOrDefault(one => one != device && one.Description.Kind == device.Description.Kind, device));
        }
        if (options.Only.Count > 0) sections = [.. sections.Where(section => options.Only.Contains(section.Name))];

        var result = new Result(options.IsQuick ? Depth.Quick : Depth.Full, await Machine.ReadAsync(root), options.Command);
        using var interruption = new Interruption();
        string? folder = options.Folder ?? (options.Only.Count > 0 ? null : Path.Combine(root, "perf", "results", FolderOf(result.Machine, options.Device)));
        try
        {
            // Before minutes are spent on results that nobody could have.
            if (folder is not null) Directory.CreateDirectory(folder);
            bool works = await MeasureAsync(result, sections, new PeerRunner(root));
            if (folder is not null) Write(result, folder);
            return works ? Done : Broken;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return Refuse($"The results cannot be written to {folder}: {error.Message}");
        }
    }

    /// <summary>Runs every section's body and every writer once, without peers; a sentence for each that is broken.</summary>
    public static IReadOnlyList<string> Smoke()
    {
        List<string> sentences = [];
        var result = new Result(Depth.Smoke, Task.Run(() => Machine.ReadAsync(AppContext.BaseDirectory)).GetAwaiter().GetResult(), "--smoke");
        foreach (ISection section in Sections.Concat(SectionsOf(GpuDevices.Find("sim:0"), GpuDevices.Find("sim:1"))))
        {
            var run = new SectionRun(Depth.Smoke, peers: null);
            Task<string?> measuring = Task.Run(() => ComplaintAsync(section, run));
            if (!measuring.Wait(s_longestSmoke)) sentences.Add($"bench --only {section.Name} has not ended after {s_longestSmoke.TotalSeconds} s.");
            else if (measuring.Result is { } sentence) sentences.Add(sentence);
            else if (run.Rows.Count == 0) sentences.Add($"bench --only {section.Name} has no rows.");
            else result.Sections.Add(new SectionResult(section, run, TimeSpan.Zero));
        }
        DirectoryInfo folder = Directory.CreateTempSubdirectory("pipelinebackprop-smoke-");
        try { ResultWriter.Write(result, folder.FullName); }
        catch (Exception error) { sentences.Add($"bench cannot write its results: {error.GetType().Name}: {error.Message}"); }
        finally { folder.Delete(recursive: true); }
        return sentences;
    }

    private static async Task<bool> MeasureAsync(Result result, IEnumerable<ISection> sections, PeerRunner peers)
    {
        long started = Stopwatch.GetTimestamp();
        Console.WriteLine($"{result.Machine.Processor}, {Words.Cores(result.Machine.Cores)}, load {result.Machine.LoadBefore}");
        if (result.Machine.Steering.Length > 0) Console.WriteLine($"The environment tells the peers {result.Machine.Steering}; unset it to compare with what they choose themselves.");
        bool works = true;
        foreach (ISection section in sections)
        {
            var run = new SectionRun(result.Depth, peers);
            long sectionStarted = Stopwatch.GetTimestamp();
            if (await ComplaintAsync(section, run) is { } complaint) run.Faults.Add(complaint);
            works &= run.Faults.Count == 0;
            foreach (string fault in run.Faults) Console.Error.WriteLine(fault);
            var done = new SectionResult(section, run, Stopwatch.GetElapsedTime(sectionStarted));
            result.Sections.Add(done);
            Console.WriteLine($"\n{section.Title} ({done.Duration.TotalSeconds:0} s)");
            foreach (Row row in run.Rows) Console.WriteLine($"  {ConsoleLine.Of(row)}");
            foreach (string note in run.Notes.Where(note => note.StartsWith("not measured", StringComparison.Ordinal))) Console.WriteLine($"  {note}");
            // What a section leaves behind must not be collected while the next is measured.
            GC.Collect();
        }
        result.End(Stopwatch.GetElapsedTime(started), peers.Versions);
        Console.WriteLine($"\n{result.Summary}, {result.Duration.TotalSeconds:0} s");
        return works;
    }

    private static async Task<string?> ComplaintAsync(ISection section, SectionRun run)
    {
        try
        {
            await section.MeasureAsync(run);
            return null;
        }
        catch (Exception error)
        {
            return $"bench --only {section.Name} failed with {error.GetType().Name}: {error.Message}";
        }
    }

    private static void Write(Result result, string folder)
    {
        Console.WriteLine();
        foreach (string path in ResultWriter.Write(result, folder)) Console.WriteLine(Path.GetRelativePath(Environment.CurrentDirectory, path));
    }

    private static string FolderOf(Machine machine, string? device) => device is null ? machine.FolderName : $"{machine.FolderName}-{device.Replace(':', '-')}";

    private static string? FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "PipelineBackprop.sln"))) return folder.FullName;
        return null;
    }

    private static int Refuse(string sentence)
    {
        Console.Error.WriteLine(sentence);
        return BadInput;
    }
}
