using System.Globalization;
using PipelineBackprop.Graph.Layout;

namespace PipelineBackprop.Graph.Writers;

/// <summary>Sentences that all writers share.</summary>
internal static class GraphWords
{
    /// <summary>A stage in one line: <c>stage 0 on cpu: 2 layers, parameters 785 KiB, keeps 98 KiB a micro-batch</c>.</summary>
    public static string Of(GraphStage stage)
    {
        string device = stage.Device.Length == 0 ? "" : " on " + stage.Device;
        string layers = string.Create(CultureInfo.InvariantCulture, $"{stage.LayerCount} layer{(stage.LayerCount == 1 ? "" : "s")}");
        return string.Create(CultureInfo.InvariantCulture,
            $"stage {stage.Index}{device}: {layers}, parameters {GraphText.Bytes(stage.ParameterBytes)}, keeps {GraphText.Bytes(stage.KeptBytes)} of a micro-batch");
    }

    /// <summary>The lines of text within a node, its name first.</summary>
    public static IEnumerable<string> Lines(GraphNode node) => [node.Name.ToString(), .. GraphText.Details(node)];
}
