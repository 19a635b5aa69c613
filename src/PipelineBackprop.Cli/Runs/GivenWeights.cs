using System.Globalization;
using System.Numerics;
using System.Numerics.Tensors;
using PipelineBackprop.Checkpoints;
using PipelineBackprop.Tensors;
using PipelineBackprop.Training;

namespace PipelineBackprop.Cli.Runs;

/// <summary>Puts weights that come from a file into a pipeline; what is wrong with them is said of that file.</summary>
internal static class GivenWeights
{
    /// <summary>Starts a pipeline from a safetensors file.</summary>
    /// <exception cref="InvalidInputException">The file cannot be read, does not fit the model, or holds NaN or infinity.</exception>
    public static async Task LoadFileAsync(Pipeline pipeline, string path, CancellationToken cancellationToken)
    {
        IReadOnlyList<NamedTensor> tensors = (await SafetensorsReader.ReadAsync(path, cancellationToken)).Tensors;
        foreach (NamedTensor tensor in tensors)
        {
            if (tensor.ElementType == ElementType.Float64) RequireFinite(tensor.Name, tensor.ToFloat64().Span, path);
            else RequireFinite(tensor.Name, tensor.Data.Span, path);
        }
        await NameSourceAsync(path, () => pipeline.LoadParametersAsync(tensors, cancellationToken));
    }

    /// <summary>Starts a pipeline from a safetensors file, or from the latest checkpoint of a run given by its folder or by its name in <paramref name="runs"/>;
    /// <paramref name="error"/> hears of checkpoints that were passed over.</summary>
    /// <returns>Where the weights come from, in words.</returns>
    /// <exception cref="InvalidInputException">There is neither, or what is there does not fit the model.</exception>
    public static async Task<string> LoadAsync(Pipeline pipeline, string source, string runs, TextWriter error, CancellationToken cancellationToken)
    {
        if (File.Exists(source))
        {
            await LoadFileAsync(pipeline, source, cancellationToken);
            return $"the weights of {source}";
        }
        LoadedCheckpoint loaded = await RunFolder.Open(runs, source).Checkpoints().LoadLatestAsync(cancellationToken);
        foreach (string sentence in loaded.Skipped) await error.WriteLineAsync(sentence);
        await NameSourceAsync($"checkpoint {loaded.Directory}", () => pipeline.LoadParametersAsync(loaded.Checkpoint.Parameters, cancellationToken));
        return $"checkpoint {loaded.Directory}";
    }

    /// <summary>Does the work; puts the source before the sentence of a refusal.</summary>
    public static async Task NameSourceAsync(string source, Func<Task> work)
    {
        try
        {
            await work();
        }
        catch (InvalidInputException fault)
        {
            throw new InvalidInputException($"{source}: {fault.Message}", fault);
        }
    }

    private static void RequireFinite<T>(string name, ReadOnlySpan<T> values, string path) where T : INumberBase<T>
    {
        if (TensorPrimitives.IsFiniteAll(values)) return;
        int at = 0;
        while (T.IsFinite(values[at])) at++;
        throw new InvalidInputException(
            string.Create(CultureInfo.InvariantCulture, $"{path}: {name} holds {values[at]} at index {at}, but weights must be finite numbers."));
    }
}
