namespace PipelineBackprop.Blocks;

/// <summary>A result held NaN or infinity.</summary>
public sealed class NonFiniteValueException(string what)
    : ArithmeticException($"{what} holds NaN or an infinity; lower the learning rate, clip gradients or check the data");
