namespace PipelineBackprop.Graph;

/// <summary>The ids of the forward pass that the backward pass needs to find.</summary>
internal sealed class ForwardPass
{
    /// <summary>Finds a node that has been added.</summary>
    public required Func<string, GraphNode> Find { get; init; }

    public List<ForwardLink> Links { get; } = [];

    public string Input { get; set; } = "";

    public string Outputs { get; set; } = "";

    public string Target { get; set; } = "";

    public string Loss { get; set; } = "";

    /// <summary>L, or J where there is no decay.</summary>
    public string LossValue { get; set; } = "";

    /// <summary>s, or null where there is no decay.</summary>
    public string? Decay { get; set; }

    /// <summary>The first column behind the outputs.</summary>
    public int NextColumn { get; set; }
}

/// <summary>A link with the ids of its nodes.</summary>
/// <param name="Link">The link.</param>
/// <param name="Operator">Its circle.</param>
/// <param name="Input">What it takes: a variable, or an operator where the value never is one.</param>
/// <param name="Output">What it gives; itself where the result never is a variable.</param>
/// <param name="Parameters">Its parameters.</param>
internal sealed record ForwardLink(GraphLink Link, string Operator, string Input, string Output, IReadOnlyList<string> Parameters);
