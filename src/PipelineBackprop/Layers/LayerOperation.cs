namespace PipelineBackprop.Layers;

/// <summary>One operator of a layer's formula, as the computational graph draws it: a circle that turns a variable into the next. Immutable.</summary>
/// <param name="Symbol">What stands in the circle: ×, +, φ.</param>
/// <param name="Caption">What a person calls the function, such as relu; empty where the symbol says it all.</param>
/// <param name="Result">The letter of its result: z before an activation, h after it.</param>
public sealed record LayerOperation(string Symbol, string Caption, string Result)
{
    /// <summary>The parameters it uses; default none.</summary>
    public IReadOnlyList<OperationParameter> Parameters { get; init; } = [];

    /// <summary>The operator that makes the gradient of its input; empty (default) where the gradient of the result is that of the input.</summary>
    public string InputGradient { get; init; } = "";

    /// <summary>What that operator takes besides the gradient of the result; default nothing.</summary>
    public GradientNeeds InputNeeds { get; init; }

    /// <summary>Whether the result goes straight into the next operator and is never a variable of its own; default false.</summary>
    public bool IsInner { get; init; }
}
