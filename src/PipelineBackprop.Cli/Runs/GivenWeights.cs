using System.Globalization;
using System.Numerics.Tensors;
using PipelineBackprop.Checkpoints;
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
        foreach (NamedTensor tensor in tensors) RequireFinite(tensor, path);
        await NameSourceAsync(path, () => pipeline.LoadParametersAsync(tensors, cancellationToken));
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

    private static void RequireFinite(NamedTensor tensor, string path)
    {
        ReadOnlySpan<float> values = tensor.Data.Span;
        if (TensorPrimitives.IsFiniteAll(values)) return;
        int at = 0;
        while (float.IsFinite(values[at])) at++;
        throw new InvalidInputException(
            string.Create(CultureInfo.InvariantCulture, $"{path}: {tensor.Name} holds {values[at]} at index {at}, but weights must be finite numbers."));
    }
}
