using System.Globalization;

namespace PipelineBackprop.Training;

/// <summary>A model in one line, for manifests and reports.</summary>
public static class ModelDescription
{
    /// <summary>Layers and loss: <c>dense 784→256 relu | dense 256→10 | softmaxCrossEntropy</c>.</summary>
    public static string Of(PipelineOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return string.Create(CultureInfo.InvariantCulture, $"{string.Join(" | ", options.Layers)} | {options.Loss}");
    }
}
