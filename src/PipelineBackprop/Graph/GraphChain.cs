using System.Globalization;
using PipelineBackprop.Layers;

namespace PipelineBackprop.Graph;

/// <summary>Turns a model's layers into the links of its chain, each layer by its formula or runs of equal layers as one.</summary>
internal static class GraphChain
{
    /// <summary>Every operator of every layer. Numbers count the layers with parameters, as the chapter counts W⁽¹⁾, W⁽²⁾.</summary>
    public static IReadOnlyList<GraphLink> Detailed(GraphModel model)
    {
        var links = new List<GraphLink>();
        int number = 0;
        for (int index = 0; index < model.Layers.Count; index++)
        {
            Layer layer = model.Layers[index];
            if (layer.Parameters.Count > 0) number++;
            foreach (LayerOperation operation in layer.Operations)
            {
                links.Add(new GraphLink(
                    operation, index, StageOf(model, index), number.ToString(CultureInfo.InvariantCulture),
                    [.. operation.Parameters.Select(use => ParameterOf(model, layer, use))], layer.Outputs));
            }
        }
        return links;
    }

    /// <summary>One operator a run of equal neighbouring layers of a stage.</summary>
    public static IReadOnlyList<GraphLink> Summary(GraphModel model)
    {
        var links = new List<GraphLink>();
        for (int first = 0, end; first < model.Layers.Count; first = end)
        {
            string kind = model.Layers[first].ToString();
            for (end = first + 1; end < model.Layers.Count && model.Layers[end].ToString() == kind && StageOf(model, end) == StageOf(model, first); end++) { }
            links.Add(Run(model, first, end));
        }
        return links;
    }

    private static GraphLink Run(GraphModel model, int first, int end)
    {
        Layer layer = model.Layers[first];
        string number = end - first == 1 ? Text(first + 1) : $"{Text(first + 1)}–{Text(end)}";
        long elements = (end - first) * layer.Parameters.Sum(parameter => (long)parameter.Shape.ElementCount);
        bool decayed = layer.Parameters.Any(parameter => model.WeightDecay.ForObjective(parameter.IsDecayed) > 0);
        var use = new OperationParameter(0, "θ", "∂f", GradientNeeds.Input);
        var operation = new LayerOperation($"{Text(end - first)}×", layer.ToString(), "h")
        {
            Parameters = elements > 0 ? [use] : [],
            InputGradient = "∂f",
            InputNeeds = elements > 0 ? GradientNeeds.Input | GradientNeeds.Parameters : GradientNeeds.Input,
        };
        return new GraphLink(operation, first, StageOf(model, first), number, elements > 0 ? [new GraphParameter(use, null, elements, decayed)] : [], layer.Outputs);
    }

    /// <summary>The stage of a layer.</summary>
    public static int StageOf(GraphModel model, int layer) => model.Boundaries.Count(first => first <= layer) - 1;

    private static GraphParameter ParameterOf(GraphModel model, Layer layer, OperationParameter use)
    {
        ParameterSpecification specification = layer.Parameters[use.Index];
        return new GraphParameter(
            use, specification.Shape, specification.Shape.ElementCount, model.WeightDecay.ForObjective(specification.IsDecayed) > 0);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
