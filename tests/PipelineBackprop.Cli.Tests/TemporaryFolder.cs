using System.Runtime.CompilerServices;

namespace PipelineBackprop.Cli.Tests;

/// <summary>A folder that lives as long as its test class, with a small run file in it.</summary>
public abstract class TemporaryFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("pipelinebackprop-");

    protected TemporaryFolder()
    {
        RunFile = Write("small.json", """
            {
              "name": "small",
              "data": { "kind": "digits", "trainCount": 200, "testCount": 50 },
              "model": { "layers": [{ "kind": "dense", "outputs": 16, "activation": "relu" }, { "kind": "dense", "outputs": 10 }], "loss": "softmaxCrossEntropy" },
              "optimizer": { "kind": "sgd", "learningRate": 0.1, "momentum": 0.9 },
              "pipeline": { "stages": 2, "microBatches": 2 },
              "training": { "batchSize": 32, "epochs": 2 }
            }
            """);
        LinearFile = Write("linear.json", """
            {
              "name": "linear",
              "data": { "kind": "linear", "inputs": 3, "trainCount": 8, "testCount": 4 },
              "model": { "layers": [{ "kind": "dense", "outputs": 1 }], "loss": "halfSquaredError" },
              "training": { "batchSize": 4, "epochs": 1 }
            }
            """);
    }

    protected string RunFile { get; }

    protected string LinearFile { get; }

    /// <summary>The root of the repository.</summary>
    protected static string RepositoryRoot { get; } = RootAbove();

    protected string Runs => At("runs");

    protected string At(params string[] parts) => Path.Combine([_folder.FullName, .. parts]);

    protected string Write(string name, string text)
    {
        File.WriteAllText(At(name), text);
        return At(name);
    }

    protected string Write(string name, byte[] bytes)
    {
        File.WriteAllBytes(At(name), bytes);
        return At(name);
    }

    /// <summary>The path of a run file that comes with the program.</summary>
    protected static string ConfigFile(string name) => Path.Combine(RepositoryRoot, "config", name);

    private static string RootAbove([CallerFilePath] string thisFile = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(thisFile)!, "..", ".."));

    public void Dispose()
    {
        _folder.Delete(recursive: true);
        GC.SuppressFinalize(this);
    }
}
