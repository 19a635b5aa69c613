namespace PipelineBackprop.Planning;

/// <summary>Bringing a layer's output, or the gradient of it, from one stage to another, in seconds.</summary>
/// <param name="Send">On the device it comes from.</param>
/// <param name="Receive">On the device it goes to.</param>
public readonly record struct TransferTime(double Send, double Receive);
