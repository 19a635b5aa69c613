using System.Globalization;
using PipelineBackprop.Training;

namespace PipelineBackprop.Cli.Runs;

/// <summary>The size of a network's weights, which weight decay keeps small.</summary>
internal static class WeightNorm
{
    /// <summary>√Σ‖W‖²_F over the parameters that decay by default: weights, not biases or normalisation parameters.</summary>
    public static async Task<double> OfAsync(Pipeline pipeline, CancellationToken cancellationToken)
    {
        HashSet<string> decayed = [.. pipeline.Options.Layers.SelectMany((layer, index) => layer.Parameters
            .Where(parameter => parameter.IsDecayed)
            .Select(parameter => string.Create(CultureInfo.InvariantCulture, $"layers.{index}.{parameter.Name}")))];
        IReadOnlyList<ParameterValues> parameters = await pipeline.ReadParametersAsync(cancellationToken);
        return Math.Sqrt(parameters.Where(parameter => decayed.Contains(parameter.Name)).Sum(parameter => parameter.Values.Sum(value => value * value)));
    }
}
