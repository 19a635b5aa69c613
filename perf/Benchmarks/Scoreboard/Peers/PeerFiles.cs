using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using PipelineBackprop.Checkpoints;
using PipelineBackprop.Training;

namespace PipelineBackprop.Benchmarks.Scoreboard.Peers;

/// <summary>The weights of a pipeline and a minibatch as the peers read them, in a folder that is gone when this is disposed or the program ends.</summary>
internal sealed class PeerFiles : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("pipelinebackprop-bench-");
    private bool _isGone;

    private PeerFiles() => AppDomain.CurrentDomain.ProcessExit += OnExit;

    public string Weights => Path.Combine(_folder.FullName, "weights.safetensors");

    public string Data => Path.Combine(_folder.FullName, "data.safetensors");

    public static async Task<PeerFiles> WriteAsync(Pipeline pipeline, Minibatch minibatch)
    {
        var files = new PeerFiles();
        try
        {
            IReadOnlyList<ParameterValues> parameters = await pipeline.ReadParametersAsync();
            await SafetensorsWriter.WriteAsync(files.Weights, [.. parameters.Select(ToTensor)]);
            await files.WriteDataAsync(minibatch, pipeline.Inputs);
            return files;
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        AppDomain.CurrentDomain.ProcessExit -= OnExit;
        // The program may end while whoever uses the files is about to let go of them.
        if (!Interlocked.Exchange(ref _isGone, true)) _folder.Delete(recursive: true);
    }

    private void OnExit(object? sender, EventArgs arguments) => Dispose();

    private static NamedTensor ToTensor(ParameterValues parameter) =>
        new(parameter.Name, parameter.Shape.ToDimensions(), parameter.Values.Select(value => (float)value).ToArray());

    // The engine's writer knows float32 only, and the peers want the classes as int64.
    private async Task WriteDataAsync(Minibatch minibatch, int inputs)
    {
        long bytesOfX = (long)minibatch.Count * inputs * sizeof(float), bytesOfY = (long)minibatch.Count * sizeof(long);
        string x = Entry("x", "F32", $"{minibatch.Count},{inputs}", 0, bytesOfX), y = Entry("y", "I64", $"{minibatch.Count}", bytesOfX, bytesOfX + bytesOfY);
        string header = $"{{{x},{y}}}";
        byte[] text = Encoding.UTF8.GetBytes(header.PadRight((header.Length + 7) / 8 * 8)), length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, text.Length);
        long[] classes = [.. minibatch.Targets.ToArray().Select(value => (long)value)];
        await using FileStream file = File.Create(Data);
        await file.WriteAsync(length);
        await file.WriteAsync(text);
        await file.WriteAsync(MemoryMarshal.AsBytes(minibatch.Inputs.Span).ToArray());
        await file.WriteAsync(MemoryMarshal.AsBytes<long>(classes).ToArray());
    }

    private static string Entry(string name, string type, string shape, long begin, long end) =>
        $$"""
        "{{name}}":{"dtype":"{{type}}","shape":[{{shape}}],"data_offsets":[{{begin}},{{end}}]}
        """;
}
