using System.Security.Cryptography;

namespace PipelineBackprop.Cli.Tests.BadInput;

/// <summary>A folder of its own for one case, and the program run in this process on what lies there.</summary>
internal sealed class Sandbox : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("badinput-");
    private readonly TrainedRuns? _trained;

    public Sandbox(TrainedRuns? trained = null) => _trained = trained;

    /// <summary>The folder for runs.</summary>
    public string Runs => PathOf("runs");

    public string PathOf(string name) => Path.Combine(_folder.FullName, name);

    /// <summary>Writes a text file and returns its path.</summary>
    public string Write(string name, string text) => Write(name, System.Text.Encoding.UTF8.GetBytes(text));

    /// <summary>Writes a file, with the folders above it, and returns its path.</summary>
    public string Write(string name, byte[] bytes)
    {
        string path = PathOf(name);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    /// <summary>Puts a copy of a trained run into <see cref="Runs"/> and returns its folder.</summary>
    public string CopyRun(string name)
    {
        string source = Path.Combine(_trained!.Runs, name), target = Path.Combine(Runs, name);
        foreach (string file in Directory.GetFiles(source, "*", SearchOption.AllDirectories))
            Write(Path.GetRelativePath(_folder.FullName, Path.Combine(target, Path.GetRelativePath(source, file))), File.ReadAllBytes(file));
        return target;
    }

    /// <summary>The arguments that train a run file, with the runs inside the sandbox.</summary>
    public string[] Train(string runFile, params string[] more) => ["train", runFile, "--runs", Runs, .. more];

    /// <summary>Every folder, and every file with its hash.</summary>
    public string[] Contents() =>
    [
        .. Directory.GetFileSystemEntries(_folder.FullName, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(path => Directory.Exists(path) ? path + "/" : $"{path} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(path)))}"),
    ];

    public void Dispose() => _folder.Delete(recursive: true);
}
