using System.Reflection;
using System.Runtime.Loader;

namespace PipelineBackprop.Benchmarks.Turns;

/// <summary>A build of this program, loaded beside others: the engine's own assemblies come from its folder, everything else is shared.</summary>
internal sealed class TurnsBuild : AssemblyLoadContext
{
    private readonly string _folder;
    private readonly Func<string, Task<(Func<int, Task> Run, Func<ValueTask> End)>> _create;

    /// <param name="folder">A folder for which <see cref="IsIn"/> is true.</param>
    /// <exception cref="FormatException">The build is from before this command.</exception>
    public TurnsBuild(string folder)
        : base(Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder))))
    {
        _folder = Path.GetFullPath(folder);
        Type type = LoadFromAssemblyPath(Path.Combine(_folder, FileName)).GetType(typeof(TurnsWork).FullName!)
            ?? throw new FormatException($"The build in '{folder}' knows no turns; one made since they came would be right.");
        _create = type.GetMethod(nameof(TurnsWork.CreateAsync), BindingFlags.Public | BindingFlags.Static)!.CreateDelegate<Func<string, Task<(Func<int, Task> Run, Func<ValueTask> End)>>>();
    }

    /// <summary>The file that a build consists of, beside others.</summary>
    public static string FileName => $"{typeof(TurnsBuild).Assembly.GetName().Name}.dll";

    /// <summary>Whether the folder holds a build.</summary>
    public static bool IsIn(string folder) => File.Exists(Path.Combine(folder, FileName));

    /// <summary>The work as this build does it.</summary>
    public Task<(Func<int, Task> Run, Func<ValueTask> End)> CreateAsync(string work) => _create(work);

    /// <inheritdoc/>
    protected override Assembly? Load(AssemblyName assemblyName)
    {
        string path = Path.Combine(_folder, $"{assemblyName.Name}.dll");
        bool isOurs = assemblyName.Name!.StartsWith("PipelineBackprop", StringComparison.Ordinal);
        return isOurs && File.Exists(path) ? LoadFromAssemblyPath(path) : null;
    }
}
