namespace PipelineBackprop.Planning;

/// <summary>What one layer takes on one device for one micro-batch, measured. Seconds are medians; bytes are counted, not estimated.</summary>
/// <param name="Layer">Index of the layer in the model.</param>
/// <param name="Name">What a person calls it: <c>dense 784→256 relu</c>.</param>
/// <param name="Forward">F, in seconds, on weights that have been used since they changed; of the last layer with the loss.</param>
/// <param name="InputGradient">B, in seconds.</param>
/// <param name="WeightGradient">W, in seconds.</param>
/// <param name="Update">The optimizer's step on its parameters, once a minibatch, in seconds.</param>
/// <param name="Transfer">Bringing its output to another stage on the device, or the gradient of its output back, in seconds.</param>
/// <param name="ParameterBytes">Bytes of its parameters.</param>
/// <param name="KeptBytes">Bytes it adds to what is kept of a micro-batch until the backward pass.</param>
/// <param name="OutputBytes">Bytes of its output for one micro-batch.</param>
public sealed record LayerProfile(
    int Layer, string Name, double Forward, double InputGradient, double WeightGradient, double Update, double Transfer,
    long ParameterBytes, long KeptBytes, long OutputBytes)
{
    /// <summary>Bringing its input from the host, in seconds; 0 but for the first layer.</summary>
    public double Upload { get; init; }

    /// <summary>What the first F after a change of the weights takes more, in seconds.</summary>
    public double FirstForward { get; init; }

    /// <summary>What the first B after a change of the weights takes more, in seconds.</summary>
    public double FirstInputGradient { get; init; }

    /// <summary>Of F: the loss, in seconds; 0 but for the last layer.</summary>
    public double Loss { get; init; }

    /// <summary>F + B + W in seconds.</summary>
    public double Busy => Forward + InputGradient + WeightGradient;
}
