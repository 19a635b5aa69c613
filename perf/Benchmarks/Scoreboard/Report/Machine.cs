using System.Collections;
using System.ComponentModel;
using System.Diagnostics;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using PipelineBackprop.Training;

namespace PipelineBackprop.Benchmarks.Scoreboard.Report;

/// <summary>Where and with what the table was measured.</summary>
/// <param name="Processor">Model name and, where it is known, generation.</param>
/// <param name="FolderName">The same in small letters and hyphens, with the cores.</param>
/// <param name="Cores">Logical cores that the process may use.</param>
/// <param name="OperatingSystem">Name and version.</param>
/// <param name="Runtime">The .NET version.</param>
/// <param name="Vectors">The widest vectors that .NET uses.</param>
/// <param name="Engine">Version and commit.</param>
/// <param name="Date">When, in UTC.</param>
/// <param name="LoadBefore">Load average at the start.</param>
/// <param name="Steering">Variables of the environment that tell the peers' libraries which kernels and threads to use; empty for none.</param>
internal sealed record Machine(
    string Processor, string FolderName, int Cores, string OperatingSystem, string Runtime, string Vectors, string Engine, string Date, string LoadBefore,
    string Steering)
{
    private static readonly string[] s_steering = ["OPENBLAS_", "MKL_", "OMP_", "GOMP_", "KMP_", "BLIS_"];

    public static async Task<Machine> ReadAsync(string root)
    {
        string processor = ProcessorName.Read();
        int cores = Environment.ProcessorCount;
        return new Machine(
            processor, ProcessorName.ToFolder(processor, cores), cores, ReadOperatingSystem(), RuntimeInformation.FrameworkDescription,
            Vector512.IsHardwareAccelerated ? "512 bits" : Vector256.IsHardwareAccelerated ? "256 bits" : "128 bits",
            await ReadEngineAsync(root), $"{TimeProvider.System.GetUtcNow():yyyy-MM-dd HH:mm} UTC", Load(), ReadSteering());
    }

    /// <summary>The load averages of 1, 5 and 15 minutes, or "unknown".</summary>
    public static string Load() =>
        File.Exists("/proc/loadavg") ? string.Join(", ", File.ReadAllText("/proc/loadavg").Split(' ')[..3]) : "unknown";

    private static string ReadSteering() => string.Join(", ", Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
        .Where(variable => s_steering.Any(prefix => ((string)variable.Key).StartsWith(prefix, StringComparison.Ordinal)))
        .Select(variable => $"{variable.Key}={variable.Value}").Order());

    private static string ReadOperatingSystem()
    {
        const string Release = "/etc/os-release", Key = "PRETTY_NAME=";
        string? name = File.Exists(Release) ? File.ReadLines(Release).FirstOrDefault(line => line.StartsWith(Key, StringComparison.Ordinal)) : null;
        return name is null ? RuntimeInformation.OSDescription : name[Key.Length..].Trim('"');
    }

    private static async Task<string> ReadEngineAsync(string root)
    {
        string version = typeof(Pipeline).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];
        string commit = await GitAsync(root, "rev-parse", "--short", "HEAD");
        if (commit.Length == 0) return version;
        bool isChanged = (await GitAsync(root, "status", "--porcelain", "--untracked-files=no", "--", "src", "perf")).Length > 0;
        return $"{version}, commit {commit}{(isChanged ? " with changes" : "")}";
    }

    private static async Task<string> GitAsync(string root, params string[] arguments)
    {
        try
        {
            var start = new ProcessStartInfo("git", ["-C", root, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
            using Process process = Process.Start(start)!;
            Task<string> errors = process.StandardError.ReadToEndAsync();
            string output = await process.StandardOutput.ReadToEndAsync();
            await errors;
            await process.WaitForExitAsync();
            return process.ExitCode == 0 ? output.Trim() : "";
        }
        catch (Win32Exception)
        {
            return "";
        }
    }
}
